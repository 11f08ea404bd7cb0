"""A language model behind a SageMaker real-time endpoint."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from slm.instances import has_local_disk
from slm.settings import Settings
from slm.stack_names import endpoint_log_group_name
from slm_sagemaker.constructs.autoscaling import VARIANT, Scaling, add_autoscaling
from slm_sagemaker.constructs.log_groups import log_group
from slm_sagemaker.constructs.model_container import ModelContainer
from slm_sagemaker.constructs.network import NetworkConstruct
from slm_sagemaker.constructs.sagemaker_role import execution_role


@dataclass(frozen=True)
class Fleet:
    """The instances.

    Attributes:
        instance_type: SageMaker instance, for example ``ml.g4dn.2xlarge``.
        initial_instance_count: Number of instances.
        startup_timeout_s: How long a container may take to its first healthy ping, and before
            that SageMaker to load a model from S3, seconds.
        scaling: How the number follows the load; None if it does not.
    """

    instance_type: str
    initial_instance_count: int
    startup_timeout_s: int
    scaling: Scaling | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Fleet":
        """What the settings ask for."""
        return cls(
            settings.instance_type,
            settings.initial_instance_count,
            settings.container_startup_timeout_s,
            Scaling.from_settings(settings),
        )


class SageMakerConstruct(Construct):
    """Role, model, endpoint config, endpoint and its log group.

    The endpoint's name is fixed; those of model and config are left to CloudFormation. So
    another model or instance replaces these two and updates the endpoint in place. The endpoint
    exists while ``running`` holds: whatever needs it names it, and never refers to it.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        endpoint_name: Name of the endpoint.
        container: What runs in it.
        fleet: On which instances.
        running: When the endpoint exists.
        log_retention_days: Days that the container's logs are kept.
        network: Where the container gets its network; None for SageMaker's own.
        kms_key_arn: Key for log, disk and model in S3; empty for AWS's own.

    Attributes:
        endpoint_name: As given.
        endpoint_arn: ARN as IAM compares it.
        role: What the container runs as.
        log_group: The container's log.
        endpoint: The endpoint.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint_name: str,
        container: ModelContainer,
        fleet: Fleet,
        running: cdk.CfnCondition,
        log_retention_days: int,
        network: NetworkConstruct | None = None,
        kms_key_arn: str = "",
    ) -> None:
        super().__init__(scope, construct_id)
        self.endpoint_name = endpoint_name
        # SageMaker writes names in lower case into ARNs, and IAM compares these with case.
        self.endpoint_arn = cdk.Stack.of(self).format_arn(
            service="sagemaker", resource="endpoint", resource_name=endpoint_name.lower()
        )
        self.log_group = log_group(
            self,
            "Log",
            name=endpoint_log_group_name(endpoint_name),
            retention_days=log_retention_days,
            kms_key_arn=kms_key_arn,
        )
        self.role = execution_role(
            self,
            repository_arn=container.repository_arn(self, fleet.instance_type),
            log_group_arn=self.log_group.log_group_arn,
            model_data_url=container.model_data_url,
            kms_key_arn=kms_key_arn,
            in_vpc=network is not None,
        )
        model = self._build_model(container, fleet, network)
        config = self._build_config(model, container, fleet, kms_key_arn)
        self.endpoint = self._build_endpoint(config, fleet, running)
        if fleet.scaling:
            add_autoscaling(
                self,
                fleet.scaling,
                endpoint=self.endpoint,
                endpoint_name=endpoint_name,
                running=running,
            )

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a grantee ask the model, and ask whether it is there."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=[
                "sagemaker:DescribeEndpoint",
                # The streaming call is documented to need InvokeEndpoint; the service
                # authorization reference lists an action of its own beside it.
                "sagemaker:InvokeEndpoint",
                "sagemaker:InvokeEndpointWithResponseStream",
            ],
            resource_arns=[self.endpoint_arn],
        )

    def _build_model(
        self, container: ModelContainer, fleet: Fleet, network: NetworkConstruct | None
    ) -> sagemaker.CfnModel:
        return sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=self.role.role_arn,
            primary_container=container.definition(self, fleet.instance_type),
            # With its weights in S3 the container has nothing to fetch, and nobody to tell.
            enable_network_isolation=bool(container.model_data_url) or None,
            vpc_config=(
                sagemaker.CfnModel.VpcConfigProperty(
                    subnets=network.subnet_ids, security_group_ids=network.security_group_ids
                )
                if network
                else None
            ),
        )

    def _build_config(
        self,
        model: sagemaker.CfnModel,
        container: ModelContainer,
        fleet: Fleet,
        kms_key_arn: str,
    ) -> sagemaker.CfnEndpointConfig:
        # SageMaker refuses a key for instances with disks of their own, whose hardware encrypts
        # them (API_CreateEndpointConfig, KmsKeyId, 2026-11-24).
        takes_key = not has_local_disk(fleet.instance_type)
        return sagemaker.CfnEndpointConfig(
            self,
            "EndpointConfig",
            kms_key_id=kms_key_arn if kms_key_arn and takes_key else None,
            production_variants=[
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    variant_name=VARIANT,
                    model_name=model.attr_model_name,
                    instance_type=fleet.instance_type,
                    initial_instance_count=fleet.initial_instance_count,
                    initial_variant_weight=1,
                    container_startup_health_check_timeout_in_seconds=fleet.startup_timeout_s,
                    model_data_download_timeout_in_seconds=(
                        fleet.startup_timeout_s if container.model_data_url else None
                    ),
                    inference_ami_version=container.inference_ami(fleet.instance_type),
                )
            ],
        )

    def _build_endpoint(
        self, config: sagemaker.CfnEndpointConfig, fleet: Fleet, running: cdk.CfnCondition
    ) -> sagemaker.CfnEndpoint:
        endpoint = sagemaker.CfnEndpoint(
            self,
            "Endpoint",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=config.attr_endpoint_config_name,
            # An update would otherwise undo what autoscaling has done.
            retain_all_variant_properties=True if fleet.scaling else None,
        )
        endpoint.cfn_options.condition = running
        # The container would make a log group without retention if it came first, and make it
        # again if it were stopped last.
        endpoint.node.add_dependency(self.log_group)
        return endpoint
