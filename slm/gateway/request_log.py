"""One structured line a request: who, what, how much, how long. Never a prompt, never a key.

In AWS the same line carries CloudWatch's embedded metric format, so that its numbers become metrics
without a call. Their one dimension is the endpoint: a dimension with the key's id would be billed
as further metrics for each key, and what each key used is read from the lines anyway.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTEXT_HEADER: Final = "x-amzn-request-context"
"""Lambda Web Adapter (and the local API gateway) put API Gateway's request context here,
replacing whatever a client sent. It may hold the key itself, so only named fields are read."""

METRICS_NAMESPACE: Final = "SlmSagemaker"
METRICS_DIMENSION: Final = "endpoint"
METRICS: Final = {
    "prompt_tokens": "Count",
    "generated_tokens": "Count",
    "first_token_ms": "Milliseconds",
    "duration_ms": "Milliseconds",
}
"""Fields of the line that are metrics -> their unit."""

_LOGGER: Final = logging.getLogger("slm.gateway")
_SCOPE_KEY: Final = "slm.record"


@dataclass
class RequestRecord:
    """What becomes known of a request while it is answered.

    Attributes:
        request_id: API Gateway's id of the request; empty outside of it.
        key_id: Id of the API key (never the key); empty without one.
        method: HTTP method.
        path: Path below the stage, encoded: a log is read in terminals, which obey control
            characters.
        model: Name of the model that is served.
        stream: Whether the client asked for a stream.
        status: Status that was sent; 499 when the client left before there was one.
        error: Code of the error, if it was one.
        prompt_tokens: Tokens of the prompt, as the model counts them.
        generated_tokens: Tokens of the answer. If ``partial``: as many as the model had told of,
            or events forwarded where it does not tell.
        partial: The answer broke off before the model gave its count.
        first_token_s: Seconds from arrival to the first event of the model.
    """

    request_id: str
    key_id: str
    method: str
    path: str
    model: str = ""
    stream: bool = False
    status: int = 499
    error: str | None = None
    prompt_tokens: int | None = None
    generated_tokens: int | None = None
    partial: bool = False
    first_token_s: float | None = None
    _started: float = field(default_factory=time.monotonic, repr=False)

    def mark_first_token(self) -> None:
        """Note that the model's first event arrived."""
        if self.first_token_s is None:
            self.first_token_s = time.monotonic() - self._started

    def line(self) -> dict[str, Any]:
        """The log line; times in milliseconds."""
        first = self.first_token_s
        return {
            "event": "request",
            "request_id": self.request_id,
            "key_id": self.key_id,
            "method": self.method,
            "path": self.path,
            "model": self.model,
            "stream": self.stream,
            "status": self.status,
            "error": self.error,
            "prompt_tokens": self.prompt_tokens,
            "generated_tokens": self.generated_tokens,
            "partial": self.partial,
            "first_token_ms": None if first is None else round(first * 1000),
            "duration_ms": round((time.monotonic() - self._started) * 1000),
        }


def with_metrics(line: dict[str, Any], endpoint_name: str) -> dict[str, Any]:
    """A line of a request that the model worked on, in the embedded metric format."""
    if line["generated_tokens"] is None:
        return line
    metrics = [{"Name": n, "Unit": u} for n, u in METRICS.items() if line[n] is not None]
    directive = {
        "Namespace": METRICS_NAMESPACE,
        "Dimensions": [[METRICS_DIMENSION]],
        "Metrics": metrics,
    }
    metadata = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return {**line, METRICS_DIMENSION: endpoint_name, "_aws": metadata}


def record_of(scope: Scope) -> RequestRecord:
    """The record of the request that is being answered."""
    record: RequestRecord = scope[_SCOPE_KEY]
    return record


class RequestLog:
    """ASGI middleware: opens a record for each request and logs it at the end.

    Args:
        app: What answers.
        model: Name of the model that is served.
        metrics_of: The endpoint that the lines' metrics are of; empty for lines without metrics.
    """

    def __init__(self, app: ASGIApp, *, model: str, metrics_of: str) -> None:
        self._app = app
        self._model = model
        self._metrics_of = metrics_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = scope[_SCOPE_KEY] = _open_record(scope, self._model)

        async def noting_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                if record.request_id:
                    MutableHeaders(scope=message)["x-request-id"] = record.request_id
            await send(message)

        try:
            await self._app(scope, receive, noting_status)
        finally:
            line = record.line()
            if self._metrics_of:
                line = with_metrics(line, self._metrics_of)
            _LOGGER.info("request", extra={"line": line})


def _open_record(scope: Scope, model: str) -> RequestRecord:
    try:
        context = json.loads(Headers(scope=scope).get(CONTEXT_HEADER, "{}"))
        identity = context.get("identity") or {}
        request_id = str(context.get("requestId") or "")
        key_id = str(identity.get("apiKeyId") or "")
    except (ValueError, AttributeError):
        request_id = key_id = ""
    path = quote(scope["path"], safe="/:")
    return RequestRecord(request_id, key_id, scope["method"], path, model)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = getattr(record, "line", None) or {
            "event": "log",
            "logger": record.name,
            "message": record.getMessage(),
        }
        line = {"time": self.formatTime(record), "level": record.levelname, **line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure_logging(level: str) -> None:
    """Send the gateway's log to standard output, one JSON object a line."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(level)
    _LOGGER.propagate = False
