"""What fits into a context."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slm.errors import ContextLengthExceeded
from slm.local.containers.context_limits import AnswerTooLong, ContextLimits, PromptTooLong

LIMITS = ContextLimits(max_input_tokens=80, max_total_tokens=100)


@pytest.mark.parametrize(("prompt", "answer"), [(1, 99), (80, 20), (80, 0), (0, 100)])
def test_what_fits_passes(prompt: int, answer: int) -> None:
    LIMITS.check(prompt, answer)


@pytest.mark.parametrize(
    ("prompt", "answer", "error"),
    [(81, 0, PromptTooLong), (1, 100, AnswerTooLong), (101, 0, PromptTooLong)],
)
def test_what_does_not_is_refused(
    prompt: int, answer: int, error: type[ContextLengthExceeded]
) -> None:
    with pytest.raises(error):
        LIMITS.check(prompt, answer)


@given(st.integers(0, 200), st.integers(0, 200), st.data())
def test_what_surely_fits_does_fit(body_bytes: int, answer: int, data: st.DataObject) -> None:
    if LIMITS.hold_surely(body_bytes, answer):
        LIMITS.check(data.draw(st.integers(0, body_bytes)), answer)
