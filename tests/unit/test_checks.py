"""cdk-nag and cfn-lint on whole stacks: nothing is found that is not explained."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from slm.settings import load_settings
from slm_sagemaker.checks import acknowledge, add_checks
from slm_sagemaker.slm_sagemaker_stack import SlmSagemakerStack
from tests.unit.cdk_helpers import EVERYTHING, ROOT, new_app

KINDS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "default": ("us-east-1", {}),
    "everything, open region": (None, EVERYTHING),
}


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The output of a synthesis with the checks on, for each kind."""
    folders = {}
    for kind, (region, settings) in KINDS.items():
        folders[kind] = tmp_path_factory.mktemp("assembly")
        app = new_app(folders[kind])
        add_checks(app)
        environment = cdk.Environment(region=region) if region else None
        SlmSagemakerStack(app, "Test", settings=load_settings(**settings), env=environment)
        app.synth()
    return folders


def nag(folder: Path) -> dict[str, Any]:
    report = json.loads((folder / "validation-report.json").read_text())
    [found] = [r for r in report["pluginReports"] if r["pluginName"] == "AwsSolutions"]
    return dict(found)


@pytest.mark.parametrize("kind", KINDS)
def test_cdk_nag_finds_nothing_unexplained(assemblies: dict[str, Path], kind: str) -> None:
    report = nag(assemblies[kind])
    assert report["conclusion"] == "success"
    assert report["violations"] == []
    assert all(len(found["reason"].split()) > 5 for found in report["suppressedViolations"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_acknowledged_is_what_is_known(assemblies: dict[str, Path], kind: str) -> None:
    report = nag(assemblies[kind])
    rules = {found["ruleName"].split("[")[0] for found in report["suppressedViolations"]}
    expected = {
        "AwsSolutions-APIG2",
        "AwsSolutions-APIG4",
        "AwsSolutions-APIG6",
        "AwsSolutions-COG4",
        "AwsSolutions-IAM4",
        "AwsSolutions-IAM5",
    }
    if kind == "default":
        expected |= {"AwsSolutions-APIG1", "AwsSolutions-APIG3"}
    else:
        expected |= {"AwsSolutions-DDB3", "AwsSolutions-SQS3"}
    assert rules == expected


def test_cfn_lint_finds_nothing(assemblies: dict[str, Path]) -> None:
    templates = [
        str(file) for folder in assemblies.values() for file in folder.glob("*.template.json")
    ]
    assert len(templates) == len(KINDS)
    done = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", *templates],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("explained", [False, True])
def test_a_finding_fails_synthesis_until_it_is_acknowledged(explained: bool) -> None:
    app = new_app()
    add_checks(app)
    bucket = s3.Bucket(cdk.Stack(app, "Test"), "Bucket", enforce_ssl=True)
    if explained:
        acknowledge(bucket, "S1", "A bucket of a test that nobody reads.")
        app.synth()
    else:
        with pytest.raises(RuntimeError, match=r"AwsSolutions-S1"):
            app.synth()
