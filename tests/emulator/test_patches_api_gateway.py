"""Our model of API Gateway and of the Lambda Web Adapter, each test beside the page it follows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.emulator.project import PATIENCE_S, Emulator
from tests.emulator.small_stacks import (
    STAGE,
    api_with_function,
    physical_ids,
    small_stack,
    upload_function,
)
from tests.emulator.waiting import until

STACK = "SmallApi"


@pytest.fixture(scope="module")
def ids(emulator: Emulator) -> Iterator[dict[str, str]]:
    """Physical ids of a small API."""
    upload_function(emulator)
    with small_stack(emulator, STACK, api_with_function()) as stack:
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        yield physical_ids(emulator, STACK)


@pytest.fixture(scope="module")
def client(emulator: Emulator, ids: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of that API."""
    base = f"{emulator.url}/restapis/{ids['Api']}/{STAGE}/_user_request_"
    with httpx.Client(base_url=base, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture
def keys(emulator: Emulator) -> Any:
    """The API of keys and plans."""
    return emulator.client("apigateway")


@pytest.fixture
def key(keys: Any, ids: dict[str, str]) -> str:
    """Value of the plan's key."""
    return str(keys.get_api_key(apiKey=ids["Key"], includeValue=True)["value"])


def test_the_authorizer_names_the_key(client: httpx.Client, key: str) -> None:
    """api-gateway-lambda-authorizer-output.html: usageIdentifierKey."""
    assert client.get("/keyed", headers={"x-our-key": key}).status_code == 200
    assert client.get("/keyed", headers={"x-our-key": "no such key"}).status_code == 403
    assert client.get("/keyed").status_code == 403


def test_with_that_source_the_header_counts_for_nothing(client: httpx.Client, key: str) -> None:
    """api-gateway-api-key-source.html"""
    assert client.get("/keyed", headers={"x-api-key": key}).status_code == 403


def test_one_requests_key_is_not_the_next_ones(client: httpx.Client, key: str) -> None:
    for _ in range(3):
        assert client.get("/keyed", headers={"x-our-key": key}).status_code == 200
        assert client.get("/keyed").status_code == 403


def test_the_function_is_told_which_key_it_was(
    client: httpx.Client, ids: dict[str, str], key: str
) -> None:
    """set-up-lambda-proxy-integrations.html: requestContext.identity"""
    told = client.get("/keyed", headers={"x-our-key": key}).json()["headers"]
    identity = httpx.Response(200, text=told["x-amzn-request-context"]).json()["identity"]

    assert identity["apiKeyId"] == ids["Key"]
    assert identity["apiKey"] == key


def test_nobody_can_claim_a_request_context(client: httpx.Client) -> None:
    claimed = {"x-amzn-request-context": '{"identity": {"apiKeyId": "mine"}}'}

    told = client.get("/plain", headers=claimed).json()["headers"]["x-amzn-request-context"]

    assert "mine" not in told


def test_a_key_that_is_switched_off_is_refused(
    client: httpx.Client, keys: Any, ids: dict[str, str], key: str
) -> None:
    """API_UpdateApiKey.html"""
    off = [{"op": "replace", "path": "/enabled", "value": "false"}]
    keys.update_api_key(apiKey=ids["Key"], patchOperations=off)
    assert keys.get_api_key(apiKey=ids["Key"])["enabled"] is False
    assert client.get("/keyed", headers={"x-our-key": key}).status_code == 403

    keys.update_api_key(apiKey=ids["Key"], patchOperations=[off[0] | {"value": "true"}])
    assert client.get("/keyed", headers={"x-our-key": key}).status_code == 200


def test_usage_is_counted_by_key_and_day(
    client: httpx.Client, keys: Any, ids: dict[str, str], key: str
) -> None:
    """API_GetUsage.html"""
    date = datetime.now(UTC).date().isoformat()
    today = {"startDate": date, "endDate": date}
    client.get("/keyed", headers={"x-our-key": key})
    ((used, left),) = keys.get_usage(usagePlanId=ids["Plan"], **today)["items"][ids["Key"]]

    client.get("/keyed", headers={"x-our-key": key})

    after = keys.get_usage(usagePlanId=ids["Plan"], keyId=ids["Key"], **today)["items"]
    assert after[ids["Key"]] == [[used + 1, left - 1]]


def test_a_streamed_answer_arrives_while_the_function_still_writes(client: httpx.Client) -> None:
    """response-transfer-mode-lambda.html"""
    with client.stream("GET", "/wait") as answer:
        chunks = answer.iter_raw()
        first = next(chunks)
        released = client.get("/release")
        rest = b"".join(chunks)

    assert (first, released.text, rest) == (b"first ", "released", b"second")


def test_method_query_and_body_reach_the_program(client: httpx.Client) -> None:
    """aws.github.io/aws-lambda-web-adapter"""
    told = client.post("/echo?a=1&a=2&b=%C3%A4", content="hällo").json()

    assert told["query"] == "a=1&a=2&b=%C3%A4"
    assert told["body"] == "hällo"


def test_some_headers_of_the_answer_are_renamed(client: httpx.Client) -> None:
    """api-gateway-known-issues.html"""
    headers = client.get("/plain").headers

    assert headers["x-amzn-remapped-www-authenticate"] == "ours"
    assert "www-authenticate" not in headers


def test_what_the_program_prints_is_in_its_log(
    client: httpx.Client, emulator: Emulator, ids: dict[str, str]
) -> None:
    """monitoring-cloudwatchlogs-loggroups.html"""
    logs = emulator.client("logs")
    logs.create_log_group(logGroupName=f"/aws/lambda/{ids['Function']}")
    client.get("/seen")

    def printed() -> bool:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{ids['Function']}")
        return any("GET /seen" in event["message"] for event in found["events"])

    assert until(printed)
