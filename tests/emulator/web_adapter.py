"""Stands in for the AWS Lambda Web Adapter layer and the Lambda that runs it.

https://aws.github.io/aws-lambda-web-adapter/ : the handler is a program that serves HTTP; an
event becomes a request to it, with what API Gateway said of the caller in a header, and the
answer is streamed back. One process a function takes all requests here; Lambda has one
execution environment for each request under way.
"""

import asyncio
import json
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx

from tests.emulator.function_program import Config, Log, Program, version_of

LAYER: Final = "LambdaAdapterLayer"
"""The layer's name begins so."""


class WebAdapter:
    """The running programs of all functions. Make it in the event loop that it is used in.

    Args:
        endpoint_url: What AWS's services are reached at.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._programs: dict[str, Program] = {}
        self._starting = asyncio.Lock()
        self._loop = asyncio.get_running_loop()

    async def send(self, config: Config, asset: bytes, event: Any, log: Log) -> httpx.Response:
        """Give an event to a function; its answer is to be streamed and closed.

        Args:
            config: The function's.
            asset: Its code.
            event: API Gateway's event.
            log: Its log.

        Raises:
            FunctionDidNotStart: It could not be started.
            httpx.HTTPError: It broke off.
        """
        program = await self._program(config, asset, log)
        request = _request(program.client.base_url, config, event)
        return await program.client.send(request, stream=True)

    async def aclose(self) -> None:
        """End all programs."""
        await asyncio.gather(*(program.end() for program in self._programs.values()))
        self._programs.clear()

    def forget(self, function_arn: str) -> None:
        """End the program of a function that is gone, soon; from any thread."""
        asyncio.run_coroutine_threadsafe(self._end(function_arn), self._loop)

    async def _end(self, function_arn: str) -> None:
        if program := self._programs.pop(function_arn, None):
            await program.end()

    async def _program(self, config: Config, asset: bytes, log: Log) -> Program:
        arn = config["FunctionArn"]
        async with self._starting:
            program = self._programs.get(arn)
            if program is None or program.ended or program.version != version_of(config):
                await self._end(arn)
                program = await Program.start(config, asset, self._endpoint_url, log)
                self._programs[arn] = program
            return program


def _request(url: httpx.URL, config: Config, event: dict[str, Any]) -> httpx.Request:
    """The event as the adapter's request."""
    context = {
        "request_id": event["requestContext"]["requestId"],
        "invoked_function_arn": config["FunctionArn"],
    }
    # API Gateway's own answer to whoever claims these is to write them anew.
    ours = {"x-amzn-request-context", "x-amzn-lambda-context"}
    headers = [
        (name, value)
        for name, values in event["multiValueHeaders"].items()
        for value in values
        if name.lower() not in ours | {"content-length", "connection", "transfer-encoding"}
    ]
    headers += [
        ("x-amzn-request-context", json.dumps(event["requestContext"])),
        ("x-amzn-lambda-context", json.dumps(context)),
    ]
    query = urlencode(event["multiValueQueryStringParameters"] or {}, doseq=True)
    # Not the client's own way of making one: that adds headers.
    return httpx.Request(
        event["httpMethod"],
        url.join(quote(event["path"]) + (f"?{query}" if query else "")),
        headers=[(n, v.encode()) for n, v in headers],
        content=(event["body"] or "").encode(),
    )
