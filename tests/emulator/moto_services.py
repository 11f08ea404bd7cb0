"""The services that ministack lacks, answered by moto in this process."""

from typing import Any, Final

from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

SERVICES: Final = frozenset({"sagemaker", "application-autoscaling"})
"""Names of the services, as signatures have them."""

_app: Final = DomainDispatcherApplication(create_backend_app)


def answer(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of one call of AWS's API."""
    environment = EnvironBuilder(
        method=method, path=path, query_string=query, headers=headers, data=body
    ).get_environ()
    chunks, status, answer_headers = run_wsgi_app(_app, environment, buffered=True)
    return int(status.split()[0]), list(answer_headers), b"".join(chunks)


def backend(backends: BackendDict[Any], account: str, region: str) -> Any:
    """A service's state in one account and region."""
    return backends[account][region]
