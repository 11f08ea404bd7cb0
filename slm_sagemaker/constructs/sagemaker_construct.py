"""A language model behind a SageMaker real-time endpoint."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from slm.engines import Engine, ModelSpec
from slm_sagemaker.checks import acknowledge
from slm_sagemaker.constructs.log_groups import log_group
from slm_sagemaker.regions import Regions

VARIANT: Final = "AllTraffic"

_METRICS_NAMESPACE: Final = "/aws/sagemaker/Endpoints"


class SageMakerConstruct(Construct):
    """Role, model, endpoint config, endpoint and its log group.

    The endpoint's name is fixed; those of model and config are left to CloudFormation. So
    another model or instance replaces these two and updates the endpoint in place.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        endpoint_name: Name of the endpoint.
        engine: Model server.
        model: What it serves.
        instance_type: SageMaker instance, for example ``ml.g4dn.2xlarge``.
        initial_instance_count: Number of instances.
        startup_timeout_s: How long a container may take to its first healthy ping, seconds.
        log_retention_days: Days that the container's logs are kept.

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
        engine: Engine,
        model: ModelSpec,
        instance_type: str,
        initial_instance_count: int,
        startup_timeout_s: int,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        image = engine.image(instance_type)
        image_account = Regions.of(self).image_account
        self.endpoint_name = endpoint_name
        # SageMaker writes names in lower case into ARNs, and IAM compares these with case.
        self.endpoint_arn = stack.format_arn(
            service="sagemaker", resource="endpoint", resource_name=endpoint_name.lower()
        )
        self.log_group = log_group(
            self,
            "Log",
            name=f"/aws/sagemaker/Endpoints/{endpoint_name}",
            retention_days=log_retention_days,
        )
        self.role = self._build_role(
            stack.format_arn(
                service="ecr",
                account=image_account,
                resource="repository",
                resource_name=image.repository,
            )
        )
        cfn_model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=self.role.role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=f"{image_account}.dkr.ecr.{stack.region}.{stack.url_suffix}"
                f"/{image.repository}:{image.tag}",
                environment=engine.environment(model, instance_type),
            ),
        )
        config = sagemaker.CfnEndpointConfig(
            self,
            "EndpointConfig",
            production_variants=[
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    variant_name=VARIANT,
                    model_name=cfn_model.attr_model_name,
                    instance_type=instance_type,
                    initial_instance_count=initial_instance_count,
                    initial_variant_weight=1,
                    container_startup_health_check_timeout_in_seconds=startup_timeout_s,
                    inference_ami_version=engine.inference_ami(instance_type),
                )
            ],
        )
        self.endpoint = sagemaker.CfnEndpoint(
            self,
            "Endpoint",
            endpoint_name=endpoint_name,
            endpoint_config_name=config.attr_endpoint_config_name,
        )
        # The container would make a log group without retention if it came first, and make it
        # again if it were stopped last.
        self.endpoint.node.add_dependency(self.log_group)

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

    def _build_role(self, repository_arn: str) -> iam.Role:
        """What SageMaker's guide asks for a model from the Hub: image, logs, metrics.

        https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        """
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
            description="What the model container may do: be pulled, write its log and metrics",
            # In the role itself: the model must not be created before a policy of its own is.
            inline_policies={
                "Endpoint": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="PullImage",
                            actions=[
                                "ecr:BatchCheckLayerAvailability",
                                "ecr:BatchGetImage",
                                "ecr:GetDownloadUrlForLayer",
                            ],
                            resources=[repository_arn],
                        ),
                        iam.PolicyStatement(
                            sid="LogInToRegistry",
                            actions=["ecr:GetAuthorizationToken"],
                            resources=["*"],
                        ),
                        iam.PolicyStatement(
                            sid="WriteLog",
                            actions=[
                                "logs:CreateLogGroup",
                                "logs:CreateLogStream",
                                "logs:DescribeLogStreams",
                                "logs:PutLogEvents",
                            ],
                            resources=[self.log_group.log_group_arn],
                        ),
                        iam.PolicyStatement(
                            sid="WriteInstanceMetrics",
                            actions=["cloudwatch:PutMetricData"],
                            resources=["*"],
                            conditions={
                                "StringEquals": {"cloudwatch:namespace": _METRICS_NAMESPACE}
                            },
                        ),
                    ]
                )
            },
        )
        acknowledge(
            role,
            "IAM5[Resource::*]",
            "ecr:GetAuthorizationToken and cloudwatch:PutMetricData know no resource; "
            "the metrics are bound to the endpoints' namespace.",
        )
        return role
