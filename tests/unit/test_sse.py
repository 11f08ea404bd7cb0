"""Events are cut where they end, whatever the pieces they come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slm.errors import ModelFailed
from slm.gateway import sse
from slm.gateway.sse import EventSplitter, data_of, encode


@given(
    payloads=st.lists(
        st.binary(min_size=1).filter(lambda b: not set(b) & set(b"\r\n\v\f\x1c\x1d\x1e\x85"))
    ),
    cuts=st.lists(st.integers(1, 20), min_size=1),
)
def test_whatever_the_pieces_the_events_come_out(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(encode(payload) for payload in payloads)
    splitter, events, at, turn = EventSplitter(), [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        events += splitter.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert [data_of(event) for event in events] == payloads
    assert b"".join(events) == stream


def test_comments_carry_no_data() -> None:
    assert data_of(sse.KEEP_ALIVE) == b""


def test_data_with_and_without_a_space() -> None:
    assert data_of(b"data:{}\n\n") == data_of(b"data: {}\n\n") == b"{}"


def test_an_event_without_end_is_given_up() -> None:
    splitter = EventSplitter()
    with pytest.raises(ModelFailed):
        for _ in range(sse.MAX_EVENT_BYTES // 2**20 + 1):
            splitter.feed(b"x" * 2**20)
