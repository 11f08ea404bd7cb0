"""What a synthesized template makes API Gateway enforce, as plain values.

The parity test compares it with what the local gateway enforces.
"""

from dataclasses import dataclass
from typing import Any

from tests.unit.cdk_helpers import Resource, Template, function, only, resources

EVERY_METHOD = ("*", "*")
"""Key of the stage's own limits, which hold where a method has none."""


@dataclass(frozen=True)
class MethodFacts:
    """What API Gateway does with one method on one path.

    Attributes:
        key_required: Whether it asks for an API key.
        streaming: Whether it passes the answer on as it comes.
        timeout_s: How long it waits for the function, in seconds.
        rate: Requests per second of the method, for all callers together.
        burst: Burst of the method, in requests.
    """

    key_required: bool
    streaming: bool
    timeout_s: float
    rate: float
    burst: int


@dataclass(frozen=True)
class Limits:
    """Limits that the settings name.

    Attributes:
        rate: Requests per second of a key.
        burst: Burst of a key, in requests.
        quota_per_day: Requests per day of a key.
        keyless_rate: Requests per second of what has no limit of its own.
        keyless_burst: Burst of what has no limit of its own, in requests.
    """

    rate: float
    burst: int
    quota_per_day: int
    keyless_rate: float
    keyless_burst: int


@dataclass(frozen=True)
class ResponseFacts:
    """One gateway response.

    Attributes:
        status: HTTP status; None keeps API Gateway's own.
        headers: Names in lower case, values without the quotes of a constant.
        body: The template.
    """

    status: int | None
    headers: dict[str, str]
    body: str


def methods(template: Template) -> dict[tuple[str, str], MethodFacts]:
    """(HTTP method, path) -> facts."""
    throttles = _throttles(template)
    found = {}
    for method in resources(template, "AWS::ApiGateway::Method").values():
        properties = method["Properties"]
        key = (properties["HttpMethod"], _path(template, properties["ResourceId"]))
        integration = properties["Integration"]
        rate, burst = throttles.get(key, throttles[EVERY_METHOD])
        found[key] = MethodFacts(
            key_required=properties["ApiKeyRequired"],
            streaming=integration["ResponseTransferMode"] == "STREAM",
            timeout_s=integration["TimeoutInMillis"] / 1000,
            rate=rate,
            burst=burst,
        )
    return found


def limits(template: Template) -> Limits:
    """The usage plan's limits, and the stage's own."""
    _, plan = only(template, "AWS::ApiGateway::UsagePlan")
    if plan["Quota"]["Period"] != "DAY":
        raise AssertionError(f"quota per {plan['Quota']['Period']}")
    keyless_rate, keyless_burst = _throttles(template)[EVERY_METHOD]
    return Limits(
        rate=plan["Throttle"]["RateLimit"],
        burst=plan["Throttle"]["BurstLimit"],
        quota_per_day=plan["Quota"]["Limit"],
        keyless_rate=keyless_rate,
        keyless_burst=keyless_burst,
    )


def max_concurrent_requests(template: Template) -> int:
    """Concurrency that is reserved for the gateway function; 0 for none."""
    return int(function(template, "run.sh").get("ReservedConcurrentExecutions", 0))


def gateway_responses(template: Template) -> dict[str, ResponseFacts]:
    """Response type -> facts."""
    found = {}
    for response in resources(template, "AWS::ApiGateway::GatewayResponse").values():
        properties = response["Properties"]
        status = properties.get("StatusCode")
        found[properties["ResponseType"]] = ResponseFacts(
            status=int(status) if status else None,
            headers={
                name.removeprefix("gatewayresponse.header.").lower(): _constant(value)
                for name, value in properties.get("ResponseParameters", {}).items()
            },
            body=properties["ResponseTemplates"]["application/json"],
        )
    return found


def _throttles(template: Template) -> dict[tuple[str, str], tuple[float, int]]:
    """(HTTP method, path) -> rate and burst; ``*`` and ``*`` for all that have no own."""
    _, stage = only(template, "AWS::ApiGateway::Stage")
    return {
        (setting["HttpMethod"], _decoded(setting["ResourcePath"])): (
            setting["ThrottlingRateLimit"],
            setting["ThrottlingBurstLimit"],
        )
        for setting in stage["MethodSettings"]
    }


def _decoded(path: str) -> str:
    """``/~1v1~1models`` -> ``/v1/models``, and ``/*`` -> ``*``.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-stage-methodsetting.html
    """
    return path.removeprefix("/").replace("~1", "/")


def _path(template: Template, resource_id: Any) -> str:
    """``/v1/models`` for the id of its resource."""
    parts: list[str] = []
    while "Ref" in resource_id:  # the root is {"Fn::GetAtt": [api, "RootResourceId"]}
        resource: Resource = template["Resources"][resource_id["Ref"]]["Properties"]
        parts.insert(0, resource["PathPart"])
        resource_id = resource["ParentId"]
    return "/" + "/".join(parts)


def _constant(value: str) -> str:
    """A constant of a response parameter stands in single quotes."""
    if not (value.startswith("'") and value.endswith("'")):
        raise AssertionError(f"not a constant: {value}")
    return value[1:-1]
