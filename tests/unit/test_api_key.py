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
    ],
)
def test_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Unauthorized) as caught:
        read_api_key(headers)
    assert "other" not in caught.value.message
