"""Which path is which route, here and in API Gateway's words."""

import pytest

from slm.routes import HEALTH, MODEL, MODELS, key_required


def test_a_path_without_a_variable_is_only_itself() -> None:
    assert MODELS.is_at("/v1/models")
    assert not MODELS.is_at("/v1/models/x")
    assert MODELS.resource == "/v1/models"


@pytest.mark.parametrize("path", ["/v1/models/x", "/v1/models/owner/name", "/v1/models/"])
def test_a_variable_takes_the_rest_of_a_path(path: str) -> None:
    assert MODEL.is_at(path)
    assert not MODEL.is_at("/v1/models")
    assert MODEL.resource == "/v1/models/{model+}"


@pytest.mark.parametrize(
    ("method", "path", "required"),
    [
        ("GET", "/v1/models/owner/name", True),
        ("POST", "/v1/models/owner/name", False),
        ("GET", HEALTH.path, False),
        ("GET", "/v1", False),
    ],
)
def test_keys_where_the_table_wants_them(method: str, path: str, required: bool) -> None:
    assert key_required(method, path) is required
