"""What the model's container runs as."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from slm_sagemaker.checks import acknowledge

METRICS_NAMESPACE: Final = "/aws/sagemaker/Endpoints"

_NETWORK_ACTIONS: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


def execution_role(
    scope: Construct,
    *,
    repository_arn: str,
    log_group_arn: str,
    model_data_url: str,
    kms_key_arn: str,
    in_vpc: bool,
) -> iam.Role:
    """What SageMaker's guide asks for: image, logs, metrics, and where they are used the model's
    files and network interfaces.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html

    Args:
        scope: Owner.
        repository_arn: Repository of the container image.
        log_group_arn: The container's log group.
        model_data_url: Archive or prefix in S3; empty for a model from the Hub.
        kms_key_arn: Key that the model in S3 may be encrypted with; empty for AWS's own.
        in_vpc: Whether the container gets interfaces in a VPC.
    """
    statements = [
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
            sid="LogInToRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]
        ),
        iam.PolicyStatement(
            sid="WriteLog",
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            resources=[log_group_arn],
        ),
        iam.PolicyStatement(
            sid="WriteInstanceMetrics",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": METRICS_NAMESPACE}},
        ),
    ]
    if model_data_url:
        statements += _read_model(scope, model_data_url, kms_key_arn)
    if in_vpc:
        statements.append(
            iam.PolicyStatement(sid="JoinNetwork", actions=list(_NETWORK_ACTIONS), resources=["*"])
        )
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
        description="What the model container may do: be pulled, write its log and metrics",
        # In the role itself: the model must not be created before a policy of its own is.
        inline_policies={"Endpoint": iam.PolicyDocument(statements=statements)},
    )
    acknowledge(
        role,
        "IAM5[Resource::*]",
        "Log-in to the registry, metrics and network interfaces know no resource that exists "
        "beforehand; the metrics are bound to the endpoints' namespace.",
    )
    return role


def _read_model(scope: Construct, url: str, kms_key_arn: str) -> list[iam.PolicyStatement]:
    """Read one archive, or what is below one prefix, and nothing else of the bucket."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    pattern = f"{key}*" if key.endswith("/") else key
    stack = cdk.Stack.of(scope)
    arn = stack.format_arn(service="s3", region="", account="", resource=bucket)
    if key.endswith("/"):
        # The rule's id has the ARN as the template writes it: with a known region the partition
        # is known too.
        for partition in ("<AWS::Partition>", "aws", "aws-cn"):
            acknowledge(
                scope,
                f"IAM5[Resource::arn:{partition}:s3:::{bucket}/{pattern}]",
                "The model is what lies below this prefix, whatever the files are called.",
            )
    statements = [
        iam.PolicyStatement(
            sid="ReadModel", actions=["s3:GetObject"], resources=[f"{arn}/{pattern}"]
        ),
        iam.PolicyStatement(
            sid="ListModel",
            actions=["s3:ListBucket"],
            resources=[arn],
            conditions={"StringLike": {"s3:prefix": [pattern]}},
        ),
    ]
    if kms_key_arn:
        through_s3 = f"s3.{stack.region}.{stack.url_suffix}"
        statements.append(
            iam.PolicyStatement(
                sid="DecryptModel",
                actions=["kms:Decrypt"],
                resources=[kms_key_arn],
                conditions={"StringEquals": {"kms:ViaService": through_s3}},
            )
        )
    return statements
