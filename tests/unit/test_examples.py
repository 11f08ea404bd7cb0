"""The configurations in ``examples``: each template as it was when somebody last looked.

``make snapshots`` writes them anew; the diff is what a reviewer reads.
"""

import json
import os
import re
from pathlib import Path

import aws_cdk as cdk
import pytest

from slm.settings import load_settings
from slm_sagemaker.checks import add_checks
from slm_sagemaker.slm_sagemaker_stack import SlmSagemakerStack
from tests.unit.cdk_helpers import ROOT, Template, new_app, template_of

SNAPSHOTS = Path(__file__).parent / "snapshots"
FILES = (ROOT / "slm.toml", *sorted((ROOT / "examples").glob("*.toml")))
UPDATE = "UPDATE_SNAPSHOTS" in os.environ

_HASH = re.compile(r"[0-9a-f]{64}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_template_is_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLM_CONFIG_FILE", str(file))
    settings = load_settings()
    app = new_app(tmp_path)
    add_checks(app)
    stack = SlmSagemakerStack(
        app, settings.stack_name, settings=settings, env=cdk.Environment(region="us-east-1")
    )
    # Synthesis fails for a finding of cdk-nag.
    app.synth()
    text = rendered(template_of(stack))
    snapshot = SNAPSHOTS / f"{file.stem}.json"
    if UPDATE:
        SNAPSHOTS.mkdir(exist_ok=True)
        snapshot.write_text(text)
    assert text == snapshot.read_text(), "changed: look at the diff that 'make snapshots' makes"


def test_no_snapshot_is_left_over() -> None:
    assert {f.stem for f in SNAPSHOTS.glob("*.json")} == {f.stem for f in FILES}


def test_each_example_has_a_stack_of_its_own_and_says_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = set()
    for file in FILES:
        monkeypatch.setenv("SLM_CONFIG_FILE", str(file))
        names.add(load_settings().stack_name)
        assert file.read_text().startswith("# ")
    assert len(names) == len(FILES)


def test_the_page_lists_each_example() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert set(re.findall(r"^\| `([\w-]+\.toml)` \|", page, re.MULTILINE)) == {
        file.name for file in FILES[1:]
    }


def rendered(template: Template) -> str:
    """The template as text, without the hashes of assets."""
    without = {key: value for key, value in template.items() if key != "Rules"}
    return _HASH.sub("HASH", json.dumps(without, indent=1, sort_keys=True)) + "\n"
