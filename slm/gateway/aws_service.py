"""One AWS service, asked over plain HTTP: signed calls out, answers or AWS's errors back."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from slm import __version__
from slm.gateway.aws_environment import CredentialSource
from slm.gateway.aws_signature import Scope, signed_headers
from slm.gateway.http_client import Http, HttpAnswer, Origin

_USER_AGENT: Final = f"slm-sagemaker/{__version__}"

_MAX_ERROR_BYTES: Final = 1024 * 1024


class AwsError(Exception):
    """AWS's refusal, or the failure that an event stream ends with.

    Attributes:
        code: Name of the exception, as SDKs know it.
        message: AWS's words.
        fields: Everything else it said, by member name.
    """

    def __init__(self, code: str, message: str, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields: Mapping[str, Any] = fields or {}

    @classmethod
    def of(cls, code: str, body: bytes) -> "AwsError":
        """The error with this body, in the form of both protocols, REST-JSON and JSON 1.1.

        Args:
            code: Its name, if a header told it; it may carry a URL or a namespace.
            body: JSON, or anything.
        """
        try:
            fields = json.loads(body)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            fields = {"message": body[:1000].decode(errors="replace")}
        name = code or str(fields.get("__type") or fields.get("code") or "UnknownError")
        message = fields.get("Message") or fields.get("message") or ""
        return cls(name.partition(":")[0].rpartition("#")[2], str(message), fields)


@dataclass(frozen=True)
class AwsService:
    """A service in a region.

    Attributes:
        origin: Where it is.
        scope: What a signature for it must say.
        credentials: Who asks.
        http: What sends the requests.
    """

    origin: Origin
    scope: Scope
    credentials: CredentialSource = field(repr=False)
    http: Http = field(repr=False)

    @asynccontextmanager
    async def post(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[HttpAnswer]:
        """Call an operation; the context holds its answer, which is a good one.

        Raises:
            AwsError: The service refused.
            HttpError: It did not answer.
            EndpointUnavailable: There are no credentials.
        """
        sent = signed_headers(
            await self.credentials(),
            self.scope,
            host=self.origin.authority,
            path=self.origin.path + path,
            headers=headers,
            body=body,
        )
        sent["user-agent"] = _USER_AGENT
        async with self.http.request(self.origin, "POST", path, sent, body) as answer:
            if answer.status != 200:
                code = answer.headers.get("x-amzn-errortype", "")
                content = await read_all(answer, max_bytes=_MAX_ERROR_BYTES)
                raise AwsError.of(code, content)
            yield answer


async def read_all(answer: HttpAnswer, *, max_bytes: int) -> bytes:
    """A body to its end, or to where it gets too long."""
    content = bytearray()
    while len(content) < max_bytes and (piece := await answer.read()):
        content += piece
    return bytes(content)
