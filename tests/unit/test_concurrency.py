"""Places for requests in work."""

import pytest

from slm.local.concurrency import ConcurrencyLimit


def test_a_place_is_free_again_when_its_request_has_ended() -> None:
    limit = ConcurrencyLimit(2)
    with limit.place() as first, limit.place() as second:
        assert first and second
        with limit.place() as third:
            assert not third
        with limit.place() as fourth:
            assert not fourth
    with limit.place() as fifth:
        assert fifth


def test_a_place_is_free_again_after_a_failure() -> None:
    limit = ConcurrencyLimit(1)
    with pytest.raises(RuntimeError), limit.place():
        raise RuntimeError
    with limit.place() as place:
        assert place


def test_zero_is_no_limit() -> None:
    limit = ConcurrencyLimit(0)
    with limit.place() as first, limit.place() as second:
        assert first and second
