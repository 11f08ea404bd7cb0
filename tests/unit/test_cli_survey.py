from pathlib import Path

import httpx
import pytest
from botocore.exceptions import NoCredentialsError

from slm.cli.survey import NOT_DEPLOYED, UNKNOWN, stack_status, twin_status
from slm.local.state import StateDirectory
from slm.settings import Settings, load_settings
from tests.unit.fake_aws import FakeAws
from tests.unit.test_state import STATE

pytestmark = pytest.mark.anyio

READY = httpx.MockTransport(lambda _: httpx.Response(200, json={"message": "Ready."}))
STOPPED = httpx.MockTransport(lambda _: httpx.Response(503, json={"message": "Stopped."}))


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / ".slm")


@pytest.fixture
def settings() -> Settings:
    return load_settings()


async def test_no_twin(directory: StateDirectory) -> None:
    twin = await twin_status(directory)
    assert (twin.running, twin.answers, twin.url) == (False, False, "")
    assert "make local" in twin.message


async def test_a_twin_in_its_life(directory: StateDirectory) -> None:
    with directory.claim():
        starting = await twin_status(directory)
        assert (starting.running, starting.answers, starting.pid) == (True, False, STATE.pid)
        directory.write(STATE)
        ready = await twin_status(directory, transport=READY)
        assert (ready.running, ready.answers, ready.message) == (True, True, "Ready.")
        assert (ready.url, ready.weights) == (STATE.url, STATE.weights)
        assert STATE.api_key not in repr(ready)
        broken = await twin_status(directory, transport=STOPPED)
        assert (broken.running, broken.answers, broken.message) == (True, False, "Stopped.")


async def test_a_deployed_stack(settings: Settings) -> None:
    stack = await stack_status(FakeAws(), settings, transport=READY)
    assert (stack.status, stack.answers, stack.message) == ("CREATE_COMPLETE", True, "Ready.")
    assert stack.deployed
    assert (stack.url, stack.api_key_id) == ("https://api.example/prod/", "key-id")
    assert (stack.endpoint_name, stack.endpoint_status) == (
        "SlmSagemakerStack-endpoint",
        "InService",
    )
    assert "value-of" not in repr(stack)


async def test_a_failed_endpoint_says_why(settings: Settings) -> None:
    stack = await stack_status(FakeAws(reason="no capacity"), settings, transport=STOPPED)
    assert (stack.answers, stack.endpoint_status) == (False, "Failed")
    assert stack.endpoint_reason == "no capacity"


async def test_a_stack_whose_api_is_silent(settings: Settings) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    stack = await stack_status(FakeAws(), settings, transport=httpx.MockTransport(refuse))
    assert not stack.answers
    assert "Nothing answers" in stack.message


async def test_a_stack_that_is_half_made(settings: Settings) -> None:
    stack = await stack_status(FakeAws(outputs={}), settings, transport=READY)
    assert not stack.answers
    assert "not complete" in stack.message


async def test_no_stack_and_no_aws(settings: Settings) -> None:
    missing = await stack_status(FakeAws(name="Other"), settings)
    assert (missing.status, missing.answers) == (NOT_DEPLOYED, False)
    unknown = await stack_status(FakeAws(failure=NoCredentialsError()), settings)
    assert (unknown.status, unknown.answers) == (UNKNOWN, False)
    assert not (missing.deployed or unknown.deployed)
    assert "make sso-login" in unknown.message
