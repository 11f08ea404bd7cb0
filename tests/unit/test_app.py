"""``app.py`` as ``cdk`` runs it: another process, no credentials, no docker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import app
from tests.unit.cdk_helpers import ROOT, only, text


def run_app(outdir: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_OUTDIR": str(outdir),
            "CDK_CONTEXT_JSON": json.dumps(flags | {"aws:cdk:bundling-stacks": []}),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_an_account_or_a_region_both_are_open(tmp_path: Path) -> None:
    done = run_app(tmp_path)
    assert done.returncode == 0, done.stderr
    template = json.loads((tmp_path / "SlmSagemakerStack.template.json").read_text())
    [image] = [only(template, "AWS::SageMaker::Model")[1]["PrimaryContainer"]["Image"]]
    assert ".${AWS::Region}." in text(image)


def test_account_and_region_are_those_that_cdk_found(tmp_path: Path) -> None:
    done = run_app(tmp_path, CDK_DEFAULT_ACCOUNT="123456789012", CDK_DEFAULT_REGION="eu-west-2")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    stack = manifest["artifacts"]["SlmSagemakerStack"]
    assert stack["environment"] == "aws://123456789012/eu-west-2"


def test_a_wrong_setting_is_said_without_a_traceback(tmp_path: Path) -> None:
    done = run_app(tmp_path, SLM_QUOTA="0")
    assert done.returncode == 2
    assert "quota = '0' (SLM_QUOTA)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("SLM_RATE", "1", "SLM_RATE: there is no such setting"),
        ("CDK_DEFAULT_REGION", "us-gov-west-1", "us-gov-west-1: "),
    ],
)
def test_what_is_wrong_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    message: str,
) -> None:
    monkeypatch.setenv(variable, value)
    assert app.main() == 2
    assert capsys.readouterr().err.startswith(message)
