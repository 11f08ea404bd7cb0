"""Where AWS is and who asks it, from the environment of the process.

The names are those that every AWS SDK reads. The credentials of a Lambda function stand in its
environment for as long as the instance lives; only where there are none botocore looks elsewhere,
since importing it takes as long as the gateway's whole start.
"""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from slm.errors import EndpointUnavailable
from slm.gateway.aws_signature import Credentials

if TYPE_CHECKING:
    import botocore.credentials

_SUFFIXES: Final = {"cn": "amazonaws.com.cn"}
"""First part of a region's name -> DNS suffix of its partition, where it is not amazonaws.com."""

CredentialSource = Callable[[], Awaitable[Credentials]]


def region_of(environment: Mapping[str, str]) -> str:
    """The region; empty if none is set."""
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""


def endpoint_url(service: str, host: str, environment: Mapping[str, str]) -> str:
    """Base URL of a service.

    Args:
        service: Name in ``AWS_ENDPOINT_URL_<SERVICE>``, as AWS writes it there.
        host: What its host name begins with: ``<host>.<region>.<suffix>``.
        environment: The process's environment.
    """
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
        for name in (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL"):
            if url := environment.get(name):
                return url
    region = region_of(environment)
    suffix = _SUFFIXES.get(region.partition("-")[0], "amazonaws.com")
    fips = "-fips" if environment.get("AWS_USE_FIPS_ENDPOINT", "").lower() == "true" else ""
    label, dot, rest = host.partition(".")
    return f"https://{label}{fips}{dot}{rest}.{region}.{suffix}"


def tls_context() -> ssl.SSLContext:
    """TLS that trusts what botocore trusts: its own list, or the one of ``AWS_CA_BUNDLE``."""
    bundle = os.environ.get("AWS_CA_BUNDLE")
    if not bundle and (found := find_spec("botocore")) and found.submodule_search_locations:
        bundle = str(Path(found.submodule_search_locations[0]) / "cacert.pem")
    return ssl.create_default_context(cafile=bundle)


def credential_source(environment: Mapping[str, str]) -> CredentialSource:
    """Gives credentials, for each request anew.

    The source raises EndpointUnavailable if there are none.
    """
    key_id, secret = (
        environment.get(f"AWS_{name}") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
    )
    if key_id and secret:
        return fixed(Credentials(key_id, secret, environment.get("AWS_SESSION_TOKEN", "")))
    return _Looked()


def fixed(credentials: Credentials) -> CredentialSource:
    """A source that always gives these."""

    async def give() -> Credentials:
        return credentials

    return give


class _Looked:
    """What botocore finds: profiles, container and instance roles; it renews what expires."""

    def __init__(self) -> None:
        self._found: botocore.credentials.Credentials | None = None

    async def __call__(self) -> Credentials:
        return await asyncio.to_thread(self._read)

    def _read(self) -> Credentials:
        import botocore.session
        from botocore.exceptions import BotoCoreError

        try:
            if self._found is None:
                self._found = botocore.session.get_session().get_credentials()
            if self._found is None:
                raise EndpointUnavailable("There are no AWS credentials here.")
            frozen: Any = self._found.get_frozen_credentials()
        except BotoCoreError as error:
            raise EndpointUnavailable(f"The AWS credentials cannot be used: {error}") from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")
