"""One session with keys, plans and usage, as a team would have it; the same in both places.

``tests/integration/test_keys_session.py`` holds it with the twin, ``tests/emulator/test_keys.py``
with a deployed stack. What is written down of it must be EXPECTED, to the word.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import httpx

PATIENCE_S: Final = 60
"""Bound of every wait; far above what a loaded machine needs."""

_LONGEST_SESSION: Final = timedelta(minutes=5)

QUOTA: Final = 4
BURST: Final = 3
TOKENS: Final = 60
ANSWER_TOKENS: Final = 8
"""Most that the model may answer; a prompt has some 20 more."""

SETTINGS: Final[Mapping[str, str]] = {
    "SLM_ENGINE": "llama.cpp",
    "SLM_QUANTIZE": "",
    "SLM_INSTANCE_TYPE": "ml.c6i.2xlarge",
    "SLM_RATE_LIMIT": "1000",
    "SLM_BURST_LIMIT": "1000",
    "SLM_QUOTA": "100000",
    "SLM_PLANS": json.dumps(
        {
            "counted": {"quota": QUOTA, "quota_period": "month"},
            # A request in 17 minutes: what the burst does not hold is not admitted by time.
            "slow": {"rate_limit": 0.001, "burst_limit": BURST},
            "metered": {"tokens_per_day": TOKENS},
        }
    ),
}

EXPECTED: Final = [
    "counted: 4 x 200, then 429 insufficient_quota, retry after 3600",
    "counted: its tokens are not limited",
    "slow: 3 x 200, then 429 rate_limit_exceeded, retry after 1",
    "slow: its quota is the default's",
    "metered: 200 until its tokens are used up, then 429 insufficient_quota, retry after 3600",
    "metered: 0 tokens left",
    "moved: counted -> default, the same value answers 200",
    "moved back: counted, its quota is still used up",
    "rotated: both values answer 200, none of the requests in between failed",
    "revoked: both values answer 401",
    "without a key: 401; with two: 401; with one in each header: 200",
    "listed: counted in counted, first in default, metered in metered, slow in slow",
    "usage is the sum of what the answers told",
    "no command showed a value twice",
]
"""What the session writes down, in either place."""

BODY: Final = {
    "prompt": "Say hello.",
    "parameters": {"max_new_tokens": ANSWER_TOKENS, "temperature": 0},
}


class Place(Protocol):
    """Where the session is held.

    Attributes:
        url: Base URL of the API, without a slash at its end.
        settle_s: Seconds after which a change of a key holds, as documented.
    """

    @property
    def url(self) -> str: ...

    @property
    def settle_s(self) -> float: ...

    def slm(self, *arguments: str) -> Any:
        """What ``slm ... --json`` prints, for this place; it must succeed."""


def hold_session(place: Place) -> list[str]:
    """Hold it, and write down what came of it."""
    _stay_within_a_day()
    return _Session(place).hold()


def _stay_within_a_day() -> None:
    """Wait for midnight (UTC) if it is near: then quotas begin anew."""
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    if (left := midnight - now) < _LONGEST_SESSION:
        time.sleep(left.total_seconds() + 1)


class _Session:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._minutes: list[str] = []
        self._values: list[str] = []
        self._shown: list[str] = []
        self._told: Counter[str] = Counter()
        self._ids: dict[str, str] = {}
        self._http = httpx.Client(trust_env=False, timeout=PATIENCE_S)

    def hold(self) -> list[str]:
        with self._http:
            keys = {name: self._create(name) for name in ("counted", "slow", "metered")}
            self._exceed_quota(keys["counted"])
            self._exceed_burst(keys["slow"])
            self._exceed_tokens(keys["metered"])
            self._move(keys["counted"])
            self._rotate_and_revoke(self._create("team", plan="default"))
            self._smuggle(keys["counted"])
            self._list()
            self._add_up()
            self._look_for_values()
        return self._minutes

    def _slm(self, *arguments: str) -> Any:
        shown = self._place.slm(*arguments)
        self._shown.append(json.dumps(shown))
        return shown

    def _create(self, name: str, *, plan: str = "") -> str:
        new = self._place.slm("keys", "create", name, "--plan", plan or name)
        assert new["name"] == name
        return self._keep(new)

    def _keep(self, new: Mapping[str, Any]) -> str:
        value = str(new["value"])
        self._ids[value] = new["key_id"]
        self._values.append(value)
        self._until(lambda: self._get("v1/models", value).status_code != 401)
        return value

    def _ask(self, value: str) -> httpx.Response:
        """Ask the model, and count what it tells of tokens for the key."""
        answer = self._http.post(
            f"{self._place.url}/invoke", json=BODY, headers={"x-api-key": value}
        )
        if answer.status_code == 200:
            details = answer.json()["details"]
            self._told[self._ids[value]] += details["prompt_tokens"] + details["generated_tokens"]
        return answer

    def _get(self, path: str, value: str) -> httpx.Response:
        return self._http.get(f"{self._place.url}/{path}", headers={"x-api-key": value})

    def _until(self, condition: Callable[[], bool]) -> None:
        """Wait until a change holds: as long as is documented, and not longer."""
        deadline = time.monotonic() + self._place.settle_s + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _note(self, text: str) -> None:
        self._minutes.append(text)

    def _exceed_quota(self, value: str) -> None:
        # One request was spent on seeing that the key works.
        left = self._limit("counted", "requests_left")
        assert left in {None, QUOTA - 1}
        answers = [self._ask(value) for _ in range(QUOTA)]
        passed = 1 + sum(answer.status_code == 200 for answer in answers)
        self._note(f"counted: {passed} x 200, then {_refusal(answers[-1])}")
        tokens = self._limit("counted", "tokens_left")
        self._note(f"counted: its tokens are {'not ' if tokens is None else ''}limited")

    def _exceed_burst(self, value: str) -> None:
        answers = [self._ask(value) for _ in range(BURST)]
        passed = 1 + sum(answer.status_code == 200 for answer in answers)
        self._note(f"slow: {passed} x 200, then {_refusal(answers[-1])}")
        quota = self._limit("slow", "quota")
        self._note(f"slow: its quota is {'the default' if quota == 100000 else 'not'}'s")

    def _exceed_tokens(self, value: str) -> None:
        answer = self._ask(value)
        while answer.status_code == 200:
            assert self._told[self._ids[value]] < 10 * TOKENS
            answer = self._ask(value)
        # Requests came one by one, so the last one alone was over the limit.
        assert TOKENS <= self._told[self._ids[value]] < TOKENS + 40
        self._note(f"metered: 200 until its tokens are used up, then {_refusal(answer)}")
        self._note(f"metered: {self._limit('metered', 'tokens_left')} tokens left")

    def _move(self, value: str) -> None:
        moved = self._slm("keys", "move", "counted", "--plan", "default")
        assert [key["plan"] for key in moved["keys"]] == ["default"]
        self._until(lambda: self._get("v1/models", value).status_code == 200)
        status = self._ask(value).status_code
        self._note(f"moved: counted -> default, the same value answers {status}")
        self._slm("keys", "move", "counted", "--plan", "counted")
        self._until(lambda: self._get("v1/models", value).status_code == 429)
        assert _refusal(self._ask(value)).startswith("429 insufficient_quota")
        self._note("moved back: counted, its quota is still used up")

    def _rotate_and_revoke(self, old: str) -> None:
        statuses: Counter[int] = Counter()
        stop = threading.Event()

        def load() -> None:
            while not stop.is_set():
                statuses[self._ask(old).status_code] += 1

        loading = threading.Thread(target=load)
        loading.start()
        try:
            self._until(lambda: statuses.total() > 1)
            new = self._place.slm("keys", "rotate", "team", "--overlap", "1h")
            value = self._keep(new)
            before = statuses.total()
            fresh = self._ask(value).status_code
            self._until(lambda: statuses.total() > before + 1)
        finally:
            stop.set()
            loading.join(PATIENCE_S)
        both = {fresh, self._ask(old).status_code}
        failed = "none" if set(statuses) == {200} else dict(statuses)
        self._note(
            f"rotated: both values answer {_only(both)}, {failed} of the requests in between failed"
        )
        self._slm("keys", "revoke", "team")
        self._until(lambda: self._ask(old).status_code == self._ask(value).status_code == 401)
        both = {self._ask(revoked).status_code for revoked in (old, value)}
        self._note(f"revoked: both values answer {_only(both)}")

    def _smuggle(self, value: str) -> None:
        self._slm("keys", "move", "counted", "--plan", "default")
        self._until(lambda: self._get("v1/models", value).status_code == 200)

        def status(*headers: tuple[str, str]) -> int:
            return self._http.get(f"{self._place.url}/v1/models", headers=headers).status_code

        other = "another-key-of-20-characters"
        two = {
            status(("x-api-key", value), ("x-api-key", other)),
            status(("x-api-key", other), ("x-api-key", value)),
            status(("x-api-key", value), ("authorization", f"Bearer {other}")),
            status(("x-api-key", other), ("authorization", f"Bearer {value}")),
            status(("x-api-key", f"{value}, {value}")),
            status(("x-api-key", f"{value},{other}")),
            status(("authorization", f"Bearer {value} {other}")),
            status(("x_api_key", value)),
        }
        one = {
            status(("X-API-KEY", value)),
            status(("AUTHORIZATION", f"bEaReR  {value}")),
            status(("x-api-key", value), ("x-api-key", value)),
            status(("x-api-key", value), ("authorization", f"Bearer {value}")),
            status(("x-api-key", ""), ("authorization", f"Bearer {value}")),
            status(("x-api-key", value), ("authorization", "Basic dXNlcg==")),
        }
        self._note(
            f"without a key: {status()}; with two: {_only(two)}; with one in each header: "
            f"{_only(one)}"
        )
        self._slm("keys", "move", "counted", "--plan", "counted")

    def _list(self) -> None:
        keys = self._slm("keys", "list")["keys"]
        for key in keys:
            (shown,) = self._slm("keys", "show", key["name"])["keys"]
            assert shown == key
            assert key["works"]
        listed = sorted((key["name"], key["plan"]) for key in keys)
        self._note("listed: " + ", ".join(f"{name} in {plan}" for name, plan in listed))

    def _add_up(self) -> None:
        """Records may arrive a moment after the answers they are of."""

        def used() -> Counter[str]:
            tokens: Counter[str] = Counter()
            for line in self._slm("usage", "--since", "1d")["usage"]:
                tokens[line["key_id"]] += line["prompt_tokens"] + line["generated_tokens"]
            return +tokens

        deadline = time.monotonic() + PATIENCE_S
        while (found := used()) != self._told and time.monotonic() < deadline:
            time.sleep(0.2)
        assert found == self._told
        self._note("usage is the sum of what the answers told")

    def _look_for_values(self) -> None:
        assert not [text for text in self._shown if any(value in text for value in self._values)]
        self._note("no command showed a value twice")

    def _limit(self, name: str, field: str) -> Any:
        (limits,) = self._slm("keys", "limits", name)["limits"]
        return limits[field]


def _refusal(answer: httpx.Response) -> str:
    code = answer.json()["error"]["code"]
    return f"{answer.status_code} {code}, retry after {answer.headers['retry-after']}"


def _only(statuses: set[int]) -> str:
    return ", ".join(map(str, sorted(statuses)))
