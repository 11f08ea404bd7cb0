"""``GET /health``: the endpoint's state in words; never costs a generation."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from slm.errors import EndpointUnavailable, error_body, facts_of
from slm.gateway.backend import Backend
from slm.gateway.responses import Answer, JsonResponse

_READY: Final = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack"})
"""States in which the endpoint answers: an update keeps the old fleet until the new one is up."""

_WORDS: Final[Mapping[str, str]] = {
    "InService": "The model is ready.",
    "Updating": "The endpoint is being updated; the previous version answers until it is done.",
    "SystemUpdating": "SageMaker maintains the endpoint; it answers.",
    "RollingBack": "An update failed and is being rolled back; the previous version answers.",
    "Creating": "The endpoint is being created. That takes up to 20 minutes: try again later.",
    "Failed": "The endpoint failed. Whoever runs this API finds the cause with 'slm status'.",
    "OutOfService": "The endpoint is out of service. Whoever runs this API can redeploy it.",
    "Deleting": "The endpoint is being deleted.",
    "UpdateRollbackFailed": "An update and its rollback failed. The stack must be redeployed.",
    "NotFound": "The endpoint does not exist: it is stopped or was never created.",
}


class HealthRoute:
    """The route's handler."""

    def __init__(self, endpoint_name: str, backend: Backend) -> None:
        self._endpoint_name = endpoint_name
        self._backend = backend

    async def __call__(self, request: Request) -> Answer:
        """200 where the endpoint answers, 503 where it does not; both say why."""
        state = await self._backend.endpoint_status()
        message = _WORDS.get(state.status, f"The endpoint is {state.status}.")
        facts = {"status": state.status, "endpoint_name": self._endpoint_name, "message": message}
        if state.status in _READY:
            return JsonResponse(facts)
        error = EndpointUnavailable(message)
        table = facts_of(error)
        return JsonResponse(error_body(error) | facts, table.status, table.headers)
