"""A template's properties, checked as the service's API would check them.

CloudFormation hands properties to the service: botocore's model of it knows names, types,
ranges and allowed values.
"""

from functools import cache
from typing import Any, Final

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

_NUMBERS: Final = {"integer": int, "long": int, "float": float, "double": float}


class InvalidProperty(ValueError):
    """The service would refuse the resource; the text is for the stack's event."""


def checked(service: str, operation: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The request that CloudFormation would send.

    Args:
        service: Name as boto3 has it.
        operation: API operation that makes the resource.
        properties: The resource's resolved properties.

    Raises:
        InvalidProperty: The API has no such member, or refuses its value.
    """
    shape = _operation(service, operation).input_shape
    request = _coerced(shape, properties)
    report = ParamValidator().validate(request, shape).generate_report()
    refused = [report] if report else list(_refused_values(shape, request, "input"))
    if refused:
        raise InvalidProperty(f"{operation}: {'; '.join(refused)}")
    return request


@cache
def _operation(service: str, operation: str) -> OperationModel:
    return botocore.session.get_session().get_service_model(service).operation_model(operation)


def _coerced(shape: Shape, value: Any) -> Any:
    """Scalars as the API wants them: templates may have any of them as a string."""
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            members = shape.members
            return {n: _coerced(members[n], v) if n in members else v for n, v in value.items()}
        case "list" if isinstance(value, list):
            return [_coerced(shape.member, item) for item in value]
        case "map" if isinstance(value, list):  # tags, which CloudFormation always has as pairs
            return {pair["Key"]: pair["Value"] for pair in value}
        case "map" if isinstance(value, dict):
            return {name: _coerced(shape.value, item) for name, item in value.items()}
        case "boolean" if isinstance(value, str):
            return value == "true"
        case "string" if isinstance(value, bool):
            return str(value).lower()
        case "string" if isinstance(value, int | float):
            return str(value)
        case number if number in _NUMBERS and isinstance(value, str):
            return _NUMBERS[number](value)
    return value


def _refused_values(shape: Shape, value: Any, path: str) -> Any:
    """Values outside an enumeration or above a maximum, which botocore leaves to the service."""
    match shape.type_name:
        case "structure":
            for name, item in value.items():
                yield from _refused_values(shape.members[name], item, f"{path}.{name}")
        case "list":
            for index, item in enumerate(value):
                yield from _refused_values(shape.member, item, f"{path}[{index}]")
        case "string" if getattr(shape, "enum", None) and value not in shape.enum:
            yield (
                f"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy "
                f"enum value set: {shape.enum}"
            )
        case "integer" if (most := shape.metadata.get("max")) is not None and value > most:
            yield f"Value '{value}' at '{path}' must be less than or equal to {most}"
