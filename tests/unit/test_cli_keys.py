"""``slm keys`` and ``slm usage``: what they say of the twin of a folder."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from slm.cli import main
from slm.cli.exit_codes import WRONG_USAGE
from slm.cli.key_places import key_place
from slm.keys.local import LocalKeys
from slm.local.state import StateDirectory
from slm.settings import Settings
from tests.unit.test_state import STATE

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

    @contextmanager
    def twin(self, **plans: dict[str, Any]) -> Iterator[None]:
        """A twin that enforces these plans, besides the default one."""
        directory = StateDirectory()
        settings = Settings.model_validate({"plans": plans})
        with directory.claim():
            enforced = {name: dict(plan) for name, plan in settings.usage_plans().items()}
            directory.write(replace(STATE, plans=enforced))
            yield

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
    assert ": 1 key\n" in slm("keys", "list").output
    slm("keys", "create", "bob", "--plan", "batch")
    assert ": 2 keys\n" in slm("keys", "list").output
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


def test_a_running_twins_plans_are_meant_whatever_the_settings_say_since(slm: Slm) -> None:
    with slm.twin(night={"quota": 7}):
        slm("keys", "create", "alice", "--plan", "night")
        [limits] = slm.json("keys", "limits", "alice")["limits"]
        assert limits["quota"] == 7
        refused = slm("keys", "create", "bob", "--plan", "batch", fails=True).output
        assert "no usage plan batch. There are: default, night" in refused
        assert "a new start of the twin" in refused
    assert slm.json("keys", "show", "alice")["keys"][0]["works"] is False


def test_keys_of_a_running_twin_need_no_settings(slm: Slm, monkeypatch: pytest.MonkeyPatch) -> None:
    with slm.twin():
        monkeypatch.setenv("SLM_QUOTA", "none")
        slm("keys", "create", "alice")
    assert "SLM_QUOTA" in slm("keys", "list", fails=True).output


def test_plans_of_a_twin_that_nobody_can_read_are_an_error(slm: Slm) -> None:
    with slm.twin(night={"quota": 7}):
        StateDirectory().write(replace(STATE, plans={"night": {"quota": []}}))
        assert "cannot be read. Start it again" in slm("keys", "list", fails=True).output


def test_a_list_says_which_keys_are_refused_and_how_to_mend_it(slm: Slm) -> None:
    with slm.twin(night={}):
        slm("keys", "create", "alice", "--plan", "night")
        slm("keys", "create", "bob")
        assert "refused" not in slm("keys", "list").output
    for command in (["list"], ["show", "alice"]):
        said = slm("keys", *command).output
        assert "is refused: its usage plan is gone" in said
        assert "slm keys move alice --plan default" in said
    works = {key["name"]: key["works"] for key in slm.json("keys", "list")["keys"]}
    assert works == {"alice": False, "bob": True}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create", "a b"], "no_key_name"),
        (["create", "a", "--plan", "gold"], "key_refused"),
        (["create", "a", "--expires", "0s"], "no_duration"),
        (["create", "a", "--expires", "soon"], "no_duration"),
        (["create", "a", "--expires", ""], "no_duration"),
        (["create", "a", "--expires", "-1d"], "no_duration"),
        (["create", "a", "--expires", "99999999d"], "no_duration"),
        (["rotate", "nobody"], "key_missing"),
        (["show", "nobody"], "key_missing"),
    ],
)
def test_what_is_refused_says_what_to_do(slm: Slm, arguments: list[str], code: str) -> None:
    error = slm.json("keys", *arguments, fails=True)["error"]
    assert error["code"] == code
    assert slm.json("keys", "list") == {"keys": []}


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "create", "a b"],
        ["keys", "create", "tmp", "--expires", "1y"],
        ["keys", "create", "tmp", "--expires", "0s"],
        ["keys", "rotate", "tmp", "--overlap", "soon"],
        ["usage", "--since", "7"],
    ],
)
def test_a_wrong_duration_or_name_is_wrong_usage(slm: Slm, arguments: list[str]) -> None:
    assert slm(*arguments, fails=True).exit_code == WRONG_USAGE


def test_a_rotation_says_until_when_the_old_key_works(slm: Slm) -> None:
    first = slm.json("keys", "create", "alice")
    second = slm.json("keys", "rotate", "alice", "--overlap", "1h")
    [old] = second["old_keys"]
    assert (old["key_id"], old["old"], second["old"]) == (first["key_id"], True, False)
    said = slm("keys", "rotate", "alice", "--overlap", "1h").output
    for key_id in (first["key_id"], second["key_id"]):
        assert f"The old key {key_id} works too until 20" in said
    assert "is refused from now on" in slm("keys", "rotate", "alice", "--overlap", "0s").output


@pytest.mark.parametrize("command", [["list"], ["show", "alice"], ["limits", "alice"]])
def test_the_old_one_of_two_keys_is_marked(slm: Slm, command: list[str]) -> None:
    first = slm.json("keys", "create", "alice")["key_id"]
    second = slm.json("keys", "rotate", "alice")["key_id"]
    lines = [line for line in slm("keys", *command).stdout.splitlines() if "alice" in line]
    assert [("old, ends 20" in line, "does not end" in line) for line in lines] == [
        (True, False),
        (False, True),
    ]
    [keys] = slm.json("keys", *command).values()
    assert [(key["key_id"], key["old"]) for key in keys] == [(first, True), (second, False)]


def test_who_ends_the_twins_own_key_is_told_what_follows(slm: Slm) -> None:
    own_key = StateDirectory()
    with own_key.claim(), closing(own_key.database()) as database:
        store = LocalKeys(database, Settings().usage_plans())
        store.adopt(own_key.api_key(), name="first", plan="default")
    slm("keys", "create", "alice")
    assert ".slm/api_key" not in slm("keys", "revoke", "alice").output

    rotated = slm("keys", "rotate", "first").output
    assert ".slm/api_key" in rotated
    result = slm("keys", "revoke", "first", "--json")
    assert len(json.loads(result.stdout)["revoked"]) == 2
    for said in (rotated, result.stderr):
        assert said.count("is the twin's own key") == 1
        assert "'slm invoke'" in said
        assert "remove .slm/api_key and start again" in said


@pytest.mark.parametrize("damage", [Path.mkdir, lambda file: file.write_bytes(b"\xff" * 40)])
def test_a_key_file_that_cannot_be_read_stops_nobody(
    slm: Slm, damage: Callable[[Path], object]
) -> None:
    slm("keys", "create", "alice")
    damage(StateDirectory().key_file)
    for command in (["keys", "list"], ["keys", "limits", "alice"], ["usage"]):
        assert ".slm/api_key" not in slm(*command).output
    rotated = slm("keys", "rotate", "alice", "--json")
    assert json.loads(rotated.stdout)["name"] == "alice"
    assert ".slm/api_key cannot be read" in rotated.stderr


def test_where_there_are_no_keys_it_says_how_to_see_others(slm: Slm) -> None:
    said = slm("keys", "list").stdout
    assert said.startswith("The twin of this folder: 0 keys\n")
    assert "--stack, --profile or --region" in said


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


def test_columns_stand_below_each_other_whatever_the_names(slm: Slm) -> None:
    for name in ("a", "x" * 64):
        slm.use(slm.json("keys", "create", name)["key_id"])
    keys = slm("keys", "list").stdout.splitlines()[1:]
    assert len({line.index("plan default") for line in keys}) == 1
    head, *lines = slm("usage").stdout.splitlines()
    assert len(lines) == 3
    assert {len(line) for line in lines[:2]} == {head.index("share") + len("share")}


def test_no_usage_is_said_in_words(slm: Slm) -> None:
    assert "no request" in slm("usage").output


def test_a_chart(slm: Slm, tmp_path: Path) -> None:
    slm.use(slm.json("keys", "create", "alice")["key_id"])
    said = slm("usage", "--chart", "usage.svg").output
    assert "Written     usage.svg" in said
    assert "<svg" in (tmp_path / "usage.svg").read_text()
    for form in ("--csv", "--json"):
        assert "Written" not in slm("usage", "--chart", "usage.svg", form).stdout


def test_usage_of_a_key_that_is_not_there_names_those_that_are(slm: Slm) -> None:
    slm("keys", "create", "alice")
    assert slm.json("usage", "--key", "alice")["usage"] == []
    error = slm.json("usage", "--key", "alise", fails=True)["error"]
    assert error["code"] == "key_missing"
    assert "There are: alice." in error["message"]


def test_one_form_for_programs_at_a_time(slm: Slm) -> None:
    assert "--csv" in slm("usage", "--csv", "--json", fails=True).stderr
