import io
from datetime import UTC, datetime, timedelta

import pytest

from slm.cli.key_words import tell
from slm.cli.render import Output
from slm.commands import Commands
from slm.keys.store import ApiKey


@pytest.mark.parametrize(
    ("ends_in", "said"),
    [
        (None, False),
        (timedelta(days=1), False),
        (timedelta(0), False),  # a schedule is exact to a minute
        (timedelta(days=-1), True),
    ],
)
def test_a_key_that_outlives_its_end_is_said_to(ends_in: timedelta | None, *, said: bool) -> None:
    stdout = io.StringIO()
    now = datetime.now(UTC)
    ends = None if ends_in is None else now + ends_in
    key = ApiKey("k1", "alice", "default", now, ends, works=True)
    tell([key], Commands(stack="Mine"), Output(as_json=False, stdout=stdout))
    assert ("still works" in stdout.getvalue()) is said
    assert ("slm keys revoke k1 --stack Mine" in stdout.getvalue()) is said
