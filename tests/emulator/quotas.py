"""How many instances the account may run, and what SageMaker says at the limit.

https://docs.aws.amazon.com/general/latest/gr/sagemaker.html has the quotas' names. Every region
and account has values of its own; these are ours, small enough for tests to reach.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from moto.sagemaker.exceptions import SagemakerClientError

SERVICE_CODE: Final = "sagemaker"

USUAL: Final = 8
"""Several stacks of one instance each, and one's new fleet beside its old one."""

UNUSUAL: Final[Mapping[str, int]] = {
    "ml.p5.48xlarge": 0,
    "ml.g6e.48xlarge": 0,
    "ml.g5.12xlarge": 1,
}
"""None at all; and one, which is too few for an update in place."""

WITHOUT_CAPACITY: Final = "ml.p4d.24xlarge"
"""Within the quota, but AWS has none left."""


class LimitExceeded(SagemakerClientError):
    """A call would take more instances than the quota has."""

    code = "ResourceLimitExceeded"


def of(instance_type: str) -> int:
    """Instances of a type that endpoints may run."""
    return UNUSUAL.get(instance_type, USUAL)


def name_of(instance_type: str) -> str:
    """The quota's name."""
    return f"{instance_type} for endpoint usage"


def check(instance_type: str, *, running: int, wanted: int) -> None:
    """Whether a fleet may start.

    Args:
        instance_type: Its instances.
        running: Instances of this type that run already, the fleet to be replaced included.
        wanted: Instances to start.

    Raises:
        LimitExceeded: They are too many together.
    """
    if running + wanted > of(instance_type):
        raise LimitExceeded(
            f"The account-level service limit '{name_of(instance_type)}' is {of(instance_type)} "
            f"Instances, with current utilization of {running} Instances and a request delta of "
            f"{wanted} Instances. Please use AWS Service Quotas to request an increase for this "
            "quota. If AWS Service Quotas is not available, contact AWS support to request an "
            "increase for this quota."
        )


def described(instance_type: str) -> dict[str, Any]:
    """One quota as Service Quotas gives it; the codes are ours.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ServiceQuota.html
    """
    digest = hashlib.sha256(instance_type.encode()).hexdigest()
    return {
        "ServiceCode": SERVICE_CODE,
        "ServiceName": "Amazon SageMaker",
        "QuotaCode": f"L-{digest[:8].upper()}",
        "QuotaName": name_of(instance_type),
        "Value": float(of(instance_type)),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
