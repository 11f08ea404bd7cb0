"""SageMaker's answers and errors, as bytes; boto3 reads them in the integration tests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from botocore.eventstream import EventStreamBuffer, EventStreamMessage
from starlette.types import ASGIApp, Message, Scope

from slm.errors import ModelFailed
from slm.limits import INVOKE_ENDPOINT_MAX_BODY_BYTES
from slm.local.container import ContainerAnswer
from slm.local.sagemaker_endpoint import Endpoint, EndpointState
from slm.local.sagemaker_runtime import create_runtime_app
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

ENDPOINT = Endpoint("my-endpoint")
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/sagemaker/aws4"}
WHOLE = "/endpoints/my-endpoint/invocations"
STREAM = "/endpoints/my-endpoint/invocations-response-stream"
IN_SERVICE = EndpointState("InService")
DESCRIBE = {"x-amz-target": "SageMaker.DescribeEndpoint"}


@dataclass
class FakeContainer:
    """Gives ``parts``; an exception is raised at its place, None never comes."""

    parts: list[bytes | Exception | None] = field(default_factory=lambda: [b"one", b"two"])
    status: int = 200
    silent: bool = False
    bodies: list[bytes] = field(default_factory=list)
    open: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def invocations(self, body: bytes) -> AsyncIterator[ContainerAnswer]:
        self.bodies.append(body)
        self.open += 1
        self.reached.set()
        try:
            if self.silent:
                await asyncio.Event().wait()
            yield ContainerAnswer(self.status, "text/plain", self._chunks())
        finally:
            self.open -= 1

    async def _chunks(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            if part is None:
                await asyncio.Event().wait()
            else:
                yield part


def runtime(
    container: FakeContainer,
    *,
    state: EndpointState = IN_SERVICE,
    timeout_s: float = PATIENCE_S,
) -> ASGIApp:
    return create_runtime_app(
        ENDPOINT, container, lambda: state, timeout_s=timeout_s, stream_timeout_s=timeout_s
    )


async def post(
    app: ASGIApp, path: str, body: bytes = b"{}", headers: dict[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        return await client.post(path, content=body, headers=SIGNED | (headers or {}))


def messages(answer: httpx.Response) -> list[EventStreamMessage]:
    buffer = EventStreamBuffer()
    buffer.add_data(answer.content)
    return list(buffer)


async def test_a_whole_answer_has_the_containers_type_and_the_variant() -> None:
    container = FakeContainer()
    answer = await post(runtime(container), WHOLE, b"the body")
    assert (answer.status_code, answer.content) == (200, b"onetwo")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-amzn-invoked-production-variant"] == "AllTraffic"
    assert answer.headers["x-amzn-requestid"]
    assert container.bodies == [b"the body"]


async def test_each_chunk_is_one_payload_part() -> None:
    answer = await post(runtime(FakeContainer()), STREAM)
    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert answer.headers["x-amzn-sagemaker-content-type"] == "text/plain"
    assert [message.payload for message in messages(answer)] == [b"one", b"two"]


@pytest.mark.parametrize("path", [WHOLE, STREAM])
@pytest.mark.parametrize(("status", "side"), [(422, "client"), (503, "server")])
async def test_a_containers_error_becomes_a_model_error(path: str, status: int, side: str) -> None:
    answer = await post(runtime(FakeContainer([b"its ", b"words"], status=status)), path)
    assert answer.status_code == 424
    assert answer.headers["x-amzn-errortype"] == "ModelError"
    fields = answer.json()
    assert fields["OriginalStatusCode"] == status
    assert fields["OriginalMessage"] == "its words"
    assert fields["LogStreamArn"].endswith(":log-group:/aws/sagemaker/Endpoints/my-endpoint")
    expected = f'Received {side} error ({status}) from primary with message "its words". See '
    assert fields["Message"].startswith(expected)


@pytest.mark.parametrize("path", [WHOLE, STREAM])
async def test_a_container_that_is_silent_too_long_is_a_model_error(path: str) -> None:
    container = FakeContainer(silent=True)
    answer = await post(runtime(container, timeout_s=0.05), path)
    assert answer.status_code == 424
    assert answer.json()["OriginalStatusCode"] == 0
    assert "Your invocation timed out" in answer.json()["Message"]
    assert container.open == 0


@pytest.mark.parametrize(
    ("parts", "exception", "code"),
    [
        ([b"one", None], "ModelStreamError", "ModelInvocationTimeExceeded"),
        ([b"one", ModelFailed("it broke")], "ModelStreamError", "StreamBroken"),
        ([b"one", ValueError("a fault of ours")], "InternalStreamFailure", None),
    ],
)
async def test_a_stream_that_breaks_ends_with_an_exception(
    parts: list[bytes | Exception | None], exception: str, code: str | None
) -> None:
    container = FakeContainer(parts)
    first, last = messages(await post(runtime(container, timeout_s=1), STREAM))
    assert first.payload == b"one"
    assert last.headers[":exception-type"] == exception
    assert json.loads(last.payload).get("ErrorCode") == code
    assert b"a fault of ours" not in last.payload
    assert container.open == 0


async def test_a_whole_answer_that_breaks_is_a_model_error() -> None:
    answer = await post(runtime(FakeContainer([b"one", ModelFailed("it broke")])), WHOLE)
    assert answer.status_code == 424
    assert answer.json()["OriginalMessage"] == "it broke"


@pytest.mark.parametrize(
    "path", ["/endpoints/other/invocations", "/endpoints/other/invocations-response-stream"]
)
async def test_an_unknown_endpoint_is_a_validation_error(path: str) -> None:
    answer = await post(runtime(FakeContainer()), path)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "ValidationError"
    assert answer.json()["Message"] == "Endpoint other of account 123456789012 not found."


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (EndpointState("Creating"), "is in status Creating."),
        (EndpointState("Failed", "no memory"), "is in status Failed: no memory"),
    ],
)
@pytest.mark.parametrize("path", [WHOLE, STREAM])
async def test_an_endpoint_that_is_not_in_service_is_unavailable(
    path: str, state: EndpointState, words: str
) -> None:
    container = FakeContainer()
    answer = await post(runtime(container, state=state), path)
    assert answer.status_code == 503
    assert answer.headers["x-amzn-errortype"] == "ServiceUnavailable"
    assert words in answer.json()["Message"]
    assert not container.bodies


@pytest.mark.parametrize(
    ("state", "instances"),
    [
        (EndpointState("InService"), 1),
        (EndpointState("Creating"), 0),
        (EndpointState("Failed", "no memory"), 0),
    ],
)
async def test_describe_endpoint_tells_the_state(state: EndpointState, instances: int) -> None:
    app = runtime(FakeContainer(), state=state)
    answer = (await post(app, "/", b'{"EndpointName": "my-endpoint"}', DESCRIBE)).json()
    assert answer["EndpointStatus"] == state.status
    assert answer.get("FailureReason", "") == state.failure_reason
    assert answer["EndpointArn"].endswith(":endpoint/my-endpoint")
    (variant,) = answer["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == instances


async def test_describing_another_endpoint_is_an_error() -> None:
    answer = await post(runtime(FakeContainer()), "/", b'{"EndpointName": "other"}', DESCRIBE)
    assert (answer.status_code, answer.json()["__type"]) == (400, "ValidationException")
    assert answer.json()["Message"].startswith('Could not find endpoint "arn:aws:sagemaker:')


@pytest.mark.parametrize("body", [b"{}", b"[]", b"not json", b"\xff", b""])
async def test_describing_nothing_is_an_error(body: bytes) -> None:
    answer = await post(runtime(FakeContainer()), "/", body, DESCRIBE)
    assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")


async def test_other_operations_are_unknown() -> None:
    target = {"x-amz-target": "SageMaker.DeleteEndpoint"}
    answer = await post(runtime(FakeContainer()), "/", b"{}", target)
    assert (answer.status_code, answer.json()["__type"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize("path", [WHOLE, STREAM, "/", "/anything"])
@pytest.mark.parametrize("authorization", ["", "Bearer x", "Basic AWS4-HMAC-SHA256 "])
async def test_a_call_without_a_signature_is_refused(path: str, authorization: str) -> None:
    container = FakeContainer()
    answer = await post(runtime(container), path, headers={"authorization": authorization})
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationToken"
    assert answer.headers["x-amzn-requestid"]
    assert not container.bodies


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("[::1]:8080", 200),
        ("evil.test:8080", 403),
        ("127.0.0.1.evil.test", 403),
        ("127.0.0.1@evil.test", 403),
        ("[::1", 403),
        ("", 403),
    ],
)
async def test_a_page_whose_name_leads_here_is_refused(host: str, status: int) -> None:
    container = FakeContainer()
    answer = await post(runtime(container), WHOLE, headers=SIGNED | {"host": host})
    assert (answer.status_code, len(container.bodies)) == (status, int(status == 200))


async def test_a_browsers_preflight_is_refused() -> None:
    transport = httpx.ASGITransport(app=runtime(FakeContainer()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        headers = {"origin": "http://evil.test", "access-control-request-method": "POST"}
        answer = await client.options(WHOLE, headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", [WHOLE, STREAM])
async def test_a_body_over_the_limit_is_refused(path: str) -> None:
    container = FakeContainer()
    answer = await post(runtime(container), path, bytes(INVOKE_ENDPOINT_MAX_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert not container.bodies
    answer = await post(runtime(container), path, bytes(INVOKE_ENDPOINT_MAX_BODY_BYTES))
    assert answer.status_code == 200


@pytest.mark.parametrize("path", [WHOLE, STREAM])
@pytest.mark.parametrize("silent", [True, False])
async def test_a_caller_that_hangs_up_ends_the_work(path: str, silent: bool) -> None:
    container = FakeContainer([b"one", None], silent=silent)
    gone = asyncio.Event()
    incoming = [{"type": "http.request", "body": b"{}", "more_body": False}]

    async def receive() -> Message:
        if incoming:
            return incoming.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        pass

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"authorization", SIGNED["authorization"].encode()),
        ],
    }
    answering = asyncio.ensure_future(runtime(container)(scope, receive, send))
    async with asyncio.timeout(PATIENCE_S):
        await container.reached.wait()
        gone.set()
        await asyncio.gather(answering, return_exceptions=True)
    assert container.open == 0
