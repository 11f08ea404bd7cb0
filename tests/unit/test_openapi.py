"""The description matches the routes, the bodies and the errors."""

from typing import Any

import pytest

from slm import routes
from slm.engines import ENGINES, Engine
from slm.gateway.openapi import describe
from tests.unit.fakes import CONFIG


@pytest.fixture(params=ENGINES.values(), ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


@pytest.fixture
def document(engine: Engine) -> dict[str, Any]:
    return describe(CONFIG, engine)


def test_every_route_that_the_engine_has(document: dict[str, Any], engine: Engine) -> None:
    described = {(m.upper(), path) for path, ops in document["paths"].items() for m in ops}
    served = {(route.method, route.path) for route in routes.ROUTES}
    if engine.completion_fields is None:
        served -= {(routes.COMPLETIONS.method, routes.COMPLETIONS.path)}
    assert described == served


@pytest.mark.parametrize("route", routes.ROUTES, ids=lambda route: route.path)
def test_keys_where_the_table_wants_them(document: dict[str, Any], route: routes.Route) -> None:
    if route.path not in document["paths"]:
        pytest.skip("the engine has no completions")
    operation = document["paths"][route.path][route.method.lower()]
    assert bool(operation["security"]) is route.key_required
    assert ("401" in operation["responses"]) is route.key_required


def test_references_resolve(document: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [ref for value in node.values() for ref in references(value)]
        if isinstance(node, list):
            return [ref for value in node for ref in references(value)]
        return []

    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_fields_that_the_engine_cannot_honour_take_no_value(
    document: dict[str, Any], engine: Engine
) -> None:
    properties = document["components"]["schemas"]["ChatRequest"]["properties"]
    for name in engine.chat_fields:
        if name in properties:
            assert "cannot honour" not in properties[name].get("description", "")
    if "top_k" not in engine.chat_fields:
        assert properties["top_k"]["enum"] == [None]


def test_429_names_the_headers_that_tell_when_to_come_back(document: dict[str, Any]) -> None:
    answer = document["paths"]["/invoke"]["post"]["responses"]["429"]
    assert {"retry-after", "x-should-retry"} == set(answer["headers"])
