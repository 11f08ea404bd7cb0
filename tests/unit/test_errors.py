"""The tree of exceptions and the table that gives each its HTTP face."""

import pytest

from slm import errors
from slm.errors import ERROR_TABLE, SlmError, error_body, facts_of
from slm.gateway_responses import GATEWAY_RESPONSES


def _classes() -> list[type[SlmError]]:
    found = [SlmError]
    for cls in found:
        found += [c for c in cls.__subclasses__() if c.__module__ == errors.__name__]
    return found[1:]


@pytest.mark.parametrize("cls", _classes(), ids=lambda cls: cls.__name__)
def test_every_error_has_a_row_and_words(cls: type[SlmError]) -> None:
    assert cls in ERROR_TABLE
    assert cls.__doc__


def test_codes_are_unique() -> None:
    codes = [facts.code for facts in ERROR_TABLE.values()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("cls", "status", "code", "headers"),
    [
        (errors.RateLimited, 429, "rate_limit_exceeded", {"retry-after": "1"}),
        (
            errors.QuotaExceeded,
            429,
            "insufficient_quota",
            {"retry-after": "3600", "x-should-retry": "false"},
        ),
        (errors.ModelOverloaded, 429, "model_overloaded", {"retry-after": "5"}),
        (errors.ContextLengthExceeded, 400, "context_length_exceeded", {}),
        (errors.PayloadTooLarge, 413, "request_too_large", {}),
        (errors.ModelFailed, 502, "model_failed", {}),
        (errors.ModelTimeout, 504, "model_timeout", {}),
    ],
)
def test_rows_of_the_design(
    cls: type[SlmError], status: int, code: str, headers: dict[str, str]
) -> None:
    facts = facts_of(cls)
    assert (facts.status, facts.code, dict(facts.headers)) == (status, code, headers)


def test_a_subclass_elsewhere_has_the_row_of_its_base() -> None:
    class Special(errors.InvalidRequest):
        pass

    assert facts_of(Special("x")).status == 400


def test_unknown_errors_are_internal() -> None:
    assert facts_of(SlmError("x")).status == 500


def test_body_serves_both_kinds_of_client() -> None:
    body = error_body(errors.InvalidRequest("m", param="p", code="c"))
    assert body["message"] == body["error"]["message"] == "m"
    assert (body["error"]["param"], body["error"]["code"]) == ("p", "c")


def test_gateway_responses_cover_the_designs_types() -> None:
    wanted = {
        "UNAUTHORIZED",
        "INVALID_API_KEY",
        "THROTTLED",
        "QUOTA_EXCEEDED",
        "REQUEST_TOO_LARGE",
        "INTEGRATION_TIMEOUT",
        "INVALID_SIGNATURE",
    }
    assert wanted <= set(GATEWAY_RESPONSES)
