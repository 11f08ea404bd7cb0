"""``slm keys`` and ``slm usage``: what they say of the twin of a folder."""

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from slm.cli import main
from slm.cli.key_places import key_place
from slm.local.state import StateDirectory

PLANS = json.dumps({"batch": {"rate_limit": 2, "quota": 20, "tokens_per_day": 500}})


@pytest.fixture
def slm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Slm":
    monkeypatch.chdir(tmp_path)
    return Slm()


class Slm:
    """The command, in a folder of its own."""

    def __init__(self) -> None:
        self._runner = CliRunner(env={"SLM_PLANS": PLANS, "COLUMNS": "200"})

    def __call__(self, *arguments: str, fails: bool = False) -> Result:
        result = self._runner.invoke(main, list(arguments))
        assert (result.exit_code != 0) is fails, result.output
        return result

    def json(self, *arguments: str, fails: bool = False) -> Any:
        return json.loads(self(*arguments, "--json", fails=fails).stdout)

    def use(self, key_id: str, *, partial: bool = False, status: int = 200) -> None:
        """A request, as the twin records it."""
        database = StateDirectory().database()
        with database.change() as connection:
            connection.execute(
                "INSERT INTO requests VALUES (?, ?, 'm', ?, 1, ?, 10, 5, 100, 2000)",
                (time.time(), key_id, status, partial),
            )
        database.close()


def test_a_value_is_shown_once(slm: Slm) -> None:
    new = slm.json("keys", "create", "alice")
    assert new["name"] == "alice"
    assert len(new["value"]) == 40
    for command in (["list"], ["show", "alice"], ["limits", "alice"]):
        for form in ([], ["--json"]):
            result = slm("keys", *command, *form)
            assert "alice" in result.output
            assert new["value"] not in result.output


def test_in_words_it_says_to_keep_it(slm: Slm) -> None:
    said = slm("keys", "create", "alice", "--plan", "batch", "--expires", "90d").output
    assert "plan batch" in said
    assert "written nowhere" in said
    assert " ends 20" in said


def test_a_list_in_words_and_as_json(slm: Slm) -> None:
    slm("keys", "create", "alice")
    slm("keys", "create", "bob", "--plan", "batch")
    assert "2 keys" in slm("keys", "list").output
    keys = slm.json("keys", "list")["keys"]
    assert [(key["name"], key["plan"], key["ends"]) for key in keys] == [
        ("alice", "default", None),
        ("bob", "batch", None),
    ]


def test_rotate_move_and_revoke(slm: Slm) -> None:
    first = slm.json("keys", "create", "alice")
    second = slm.json("keys", "rotate", "alice", "--overlap", "1h", "--expires", "90d")
    assert first["value"] != second["value"]
    old, new = slm.json("keys", "show", "alice")["keys"]
    assert (old["key_id"], new["key_id"]) == (first["key_id"], second["key_id"])
    assert old["ends"] < new["ends"]
    [moved] = slm.json("keys", "move", "alice", "--plan", "batch")["keys"]
    assert moved["plan"] == "batch"
    revoked = slm.json("keys", "revoke", "alice")["revoked"]
    assert revoked == [first["key_id"], second["key_id"]]
    slm("keys", "create", "alice")
    assert "is revoked (1 in all)" in slm("keys", "revoke", "alice").output


def test_limits(slm: Slm) -> None:
    slm("keys", "create", "alice", "--plan", "batch")
    said = slm("keys", "limits", "alice").output
    assert "2 requests a second" in said
    assert "20 requests a day, 20 left" in said
    assert "500 a day, 500 left" in said
    [limits] = slm.json("keys", "limits", "alice")["limits"]
    assert (limits["quota"], limits["requests_left"], limits["tokens_left"]) == (20, 20, 500)
    slm("keys", "create", "bob")
    assert "Tokens" not in slm("keys", "limits", "bob").output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create", "a b"], "key_refused"),
        (["create", "a", "--plan", "gold"], "key_refused"),
        (["create", "a", "--expires", "0s"], "key_refused"),
        (["create", "a", "--expires", "soon"], "no_duration"),
        (["rotate", "nobody"], "key_missing"),
        (["show", "nobody"], "key_missing"),
    ],
)
def test_what_is_refused_says_what_to_do(slm: Slm, arguments: list[str], code: str) -> None:
    error = slm.json("keys", *arguments, fails=True)["error"]
    assert error["code"] == code
    assert slm.json("keys", "list") == {"keys": []}


def test_usage_by_key_and_day(slm: Slm) -> None:
    alice = slm.json("keys", "create", "alice")["key_id"]
    bob = slm.json("keys", "create", "bob")["key_id"]
    slm.use(alice)
    slm.use(alice, partial=True)
    slm.use(bob, status=502)
    slm("keys", "revoke", "bob")
    lines = slm.json("usage")["usage"]
    facts = {(line["key"], line["requests"], line["failed"], line["partial"]) for line in lines}
    assert facts == {("alice", 2, 0, 1), ("bob", 1, 1, 0)}
    [line] = slm.json("usage", "--key", "alice", "--since", "1h")["usage"]
    assert (line["prompt_tokens"], line["generated_tokens"], line["usd"]) == (20, 10, None)
    said = slm("usage").output
    assert "alice" in said
    assert "66.7%" in said
    rows = list(csv.DictReader(io.StringIO(slm("usage", "--csv").stdout)))
    assert {row["key"] for row in rows} == {"alice", "bob"}


@pytest.mark.parametrize(("instance", "priced"), [("ml.g5.xlarge", True), ("ml.x9.none", False)])
def test_options_choose_a_stack(
    slm: Slm, monkeypatch: pytest.MonkeyPatch, instance: str, priced: bool
) -> None:
    monkeypatch.setenv("SLM_INSTANCE_TYPE", instance)
    with key_place("Other", None, "us-east-1") as place:
        assert place.name == "Stack Other"
        assert (place.usd_per_day is not None) is priced


def test_no_usage_is_said_in_words(slm: Slm) -> None:
    assert "no request" in slm("usage").output


def test_a_chart(slm: Slm, tmp_path: Path) -> None:
    slm.use(slm.json("keys", "create", "alice")["key_id"])
    slm("usage", "--chart", "usage.svg")
    assert "<svg" in (tmp_path / "usage.svg").read_text()
