"""Where a key may stand, and what counts as none."""

import pytest

from slm.errors import Unauthorized
from slm.gateway.api_key import read_api_key


@pytest.mark.parametrize(
    "headers",
    [
        [("x-api-key", "k")],
        [("X-API-Key", " k ")],
        [("authorization", "Bearer k")],
        [("Authorization", "bearer  k")],
        [("x-api-key", "k"), ("authorization", "Bearer k")],
        [("x-api-key", "k"), ("authorization", "Basic dXNlcg==")],
        [("x-api-key", ""), ("authorization", "Bearer k")],
        [("X-API-KEY", "k"), ("x-api-key", "k"), ("AUTHORIZATION", "bEaReR k")],
        [("x-api-key", "\tk ")],
        [("x-api-key", "k"), ("authorization", "Bearer")],
    ],
)
def test_found(headers: list[tuple[str, str]]) -> None:
    assert read_api_key(headers) == "k"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-api-key", "")],
        [("authorization", "Bearer")],
        [("authorization", "k")],
        [("authorization", "Basic k")],
        [("api-key", "k")],
        [("x-api-key", "k"), ("authorization", "Bearer other")],
        [("x-api-key", "k"), ("x-api-key", "other")],
        [("x-api-key", "k"), ("authorization", "Bearer ké")],
        [("x-api-key", "k"), ("x-api-key", "k,k")],
        [("x-api-key", "k"), ("x-api-key", "k\xa0")],
        [("x-api-key", "k"), ("authorization", "Bearer k k")],
        [("authorization", "Bearer k"), ("authorization", "Bearer other")],
        [("x_api_key", "k")],
        [("x-api-key ", "k")],
        [("authorization", "Bearer\tk")],
    ],
)
def test_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Unauthorized) as caught:
        read_api_key(headers)
    assert "other" not in caught.value.message


@pytest.mark.parametrize("value", ["k,k", "k, other", "k other", "k\xa0", "\x0bk", "k\x85", "ké"])
@pytest.mark.parametrize("form", ["x-api-key", "authorization"])
def test_taken_whole_so_that_nobody_has_such_a_key(form: str, value: str) -> None:
    sent = value if form == "x-api-key" else f"Bearer {value}"
    assert read_api_key([(form, sent)]) == value
