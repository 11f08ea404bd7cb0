import io
from datetime import UTC, datetime, timedelta

import pytest

from slm.cli.key_words import tell
from slm.cli.render import Output
from slm.commands import Commands
from slm.keys.store import ApiKey

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (None, False),
        (NOW + timedelta(days=1), False),
        (NOW, False),  # a schedule is exact to a minute
        (NOW - timedelta(days=1), True),
    ],
)
def test_a_key_that_outlives_its_end_is_said_to(ends: datetime | None, *, said: bool) -> None:
    stdout = io.StringIO()
    key = ApiKey("k1", "alice", "default", NOW, ends, works=True)
    tell([key], Commands(stack="Mine"), Output(as_json=False, stdout=stdout))
    assert ("still works" in stdout.getvalue()) is said
    assert ("slm keys revoke k1 --stack Mine" in stdout.getvalue()) is said
