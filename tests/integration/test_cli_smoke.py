"""``slm smoke`` against the twin: the same checks as on a deployed stack."""

import json
from pathlib import Path

from tests.clients.twin_process import Twin
from tests.integration.command import slm


def test_all_is_as_it_should_be(twin: Twin, tmp_path: Path) -> None:
    result = slm(tmp_path, "smoke", SLM_URL=twin.url, SLM_API_KEY=twin.key)
    assert (result.returncode, result.stderr) == (0, "")
    assert "FAIL" not in result.stdout
    assert result.stdout.endswith("All is as it should be.\n")


def test_a_key_that_is_not_known(twin: Twin, tmp_path: Path) -> None:
    result = slm(
        tmp_path, "smoke", "--json", SLM_URL=twin.url, SLM_API_KEY="no-such-key-" + "0" * 20
    )
    assert result.returncode == 1
    found = json.loads(result.stdout)
    assert found["passed"] is False
    passed = {check["name"]: check["passed"] for check in found["checks"]}
    assert passed["health"] is True
    assert passed["key as x-api-key"] is False


def test_no_api_to_check(tmp_path: Path) -> None:
    result = slm(tmp_path, "smoke")
    assert result.returncode == 1
    assert "make local" in result.stderr
