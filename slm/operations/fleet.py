"""The fleet that is deployed, next to the one that the settings ask for."""

from dataclasses import dataclass

from slm.aws import Aws, NotFound, explained
from slm.containers import TOKEN_VARIABLE
from slm.settings import Settings


@dataclass(frozen=True)
class DeployedFleet:
    """What an endpoint runs on.

    Attributes:
        instance_type: Its instances.
        instance_count: How many it should have.
        environment: What its container is told.
        image: The container's image.
        scaled: Whether its number of instances follows the load.
    """

    instance_type: str
    instance_count: int
    environment: dict[str, str]
    image: str
    scaled: bool


def deployed_fleet(aws: Aws, endpoint_name: str) -> DeployedFleet | None:
    """An endpoint's fleet; None if there is no such endpoint.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    try:
        with explained(f"endpoint {endpoint_name}"):
            endpoint = aws.sagemaker.describe_endpoint(EndpointName=endpoint_name)
            config = aws.sagemaker.describe_endpoint_config(
                EndpointConfigName=endpoint["EndpointConfigName"]
            )
            variant = config["ProductionVariants"][0]
            model = aws.sagemaker.describe_model(ModelName=variant["ModelName"])
    except NotFound:
        return None
    container = model.get("PrimaryContainer", {})
    running = endpoint.get("ProductionVariants")
    desired = running[0].get("DesiredInstanceCount") if running else None
    return DeployedFleet(
        instance_type=variant.get("InstanceType", ""),
        instance_count=desired or variant.get("InitialInstanceCount", 0),
        environment=dict(container.get("Environment", {})),
        image=container.get("Image", ""),
        scaled=_is_scaled(aws, endpoint_name, variant["VariantName"]),
    )


def _is_scaled(aws: Aws, endpoint_name: str, variant: str) -> bool:
    with explained(f"autoscaling of endpoint {endpoint_name}"):
        targets = aws.application_autoscaling.describe_scalable_targets(
            ServiceNamespace="sagemaker",
            ResourceIds=[f"endpoint/{endpoint_name}/variant/{variant}"],
        )
    return bool(targets["ScalableTargets"])


def is_replaced(fleet: DeployedFleet, settings: Settings) -> bool:
    """Whether a deploy of these settings starts a new fleet beside the old one.

    It does when model or instances change. A change of the Hub's token is not seen: its value is
    in no file.
    """
    container = settings.engine_facts.container
    environment = {
        **container.environment(settings.model_spec(), settings.instance_type),
        **settings.container_environment,
    }
    image = container.image(settings.instance_type)
    wanted = settings.image_uri or f"/{image.repository}:{image.tag}"
    return (
        fleet.instance_type != settings.instance_type
        or {k: v for k, v in fleet.environment.items() if k != TOKEN_VARIABLE} != environment
        or not fleet.image.endswith(wanted)
        or (not settings.autoscaling and fleet.instance_count != settings.initial_instance_count)
    )
