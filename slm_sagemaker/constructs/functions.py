"""The two functions before the model: the gateway, and the authorizer that reads keys."""

from dataclasses import dataclass
from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig
from slm.limits import FUNCTION_TIMEOUT_S, GATEWAY_CONFIG_MAX_BYTES
from slm.routes import OPENAPI
from slm.settings import SettingsError
from slm_sagemaker.bundling import ARCHITECTURE, RUNTIME
from slm_sagemaker.checks import acknowledge
from slm_sagemaker.constructs.log_groups import log_group
from slm_sagemaker.constructs.network import NetworkConstruct
from slm_sagemaker.regions import Regions

_ADAPTER_LAYER: Final = "LambdaAdapterLayerArm64:30"
"""AWS Lambda Web Adapter 1.1.0, built for ARCHITECTURE: the managed Python runtime alone cannot
stream (aws/aws-lambda-web-adapter, pull request 871, 2026-09-18)."""

_GATEWAY_MEMORY_MIB: Final = 512
_AUTHORIZER_MEMORY_MIB: Final = 256
_AUTHORIZER_TIMEOUT_S: Final = 5


_NETWORK_ACTIONS: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda needs for a function in a VPC (Lambda guide, "Giving Lambda functions access to
resources in an Amazon VPC", 2026-11-24)."""


@dataclass(frozen=True)
class FunctionOptions:
    """What the functions have in common.

    Attributes:
        code: The asset.
        log_retention_days: Days that their logs are kept.
        tracing: Whether X-Ray traces them.
        kms_key_arn: Key that encrypts their logs; empty for AWS's own.
    """

    code: lambda_.Code
    log_retention_days: int
    tracing: bool
    kms_key_arn: str


def gateway_function(
    scope: Construct,
    construct_id: str,
    *,
    options: FunctionOptions,
    config: GatewayConfig,
    max_concurrent_requests: int,
    network: NetworkConstruct | None,
) -> lambda_.Function:
    """The gateway as a function that streams. It may not reach an endpoint until one grants it.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        options: What both functions have in common.
        config: What it is told.
        max_concurrent_requests: Concurrency that is reserved for it; 0 for none.
        network: Where it gets its network; None for Lambda's own.

    Raises:
        SettingsError: What the gateway is told does not fit a function's environment.
    """
    function = _function(
        scope,
        construct_id,
        options=options,
        description="Gateway: the HTTP API in front of the SageMaker endpoint",
        handler="run.sh",
        memory_mib=_GATEWAY_MEMORY_MIB,
        timeout_s=FUNCTION_TIMEOUT_S,
        reserved_concurrency=max_concurrent_requests or None,
    )
    if network:
        _join(function, network)
    for name, value in _gateway_environment(config).items():
        function.add_environment(name, value)
    layer_arn = cdk.Stack.of(scope).format_arn(
        service="lambda",
        account=Regions.of(scope).adapter_account,
        resource="layer",
        resource_name=_ADAPTER_LAYER,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    function.add_layers(
        lambda_.LayerVersion.from_layer_version_arn(scope, f"{construct_id}Adapter", layer_arn)
    )
    return function


def authorizer_function(
    scope: Construct, construct_id: str, *, options: FunctionOptions
) -> lambda_.Function:
    """Finds the caller's key in either header."""
    return _function(
        scope,
        construct_id,
        options=options,
        description="Authorizer: hands the caller's API key to the usage plan",
        handler="authorizer.handler",
        memory_mib=_AUTHORIZER_MEMORY_MIB,
        timeout_s=_AUTHORIZER_TIMEOUT_S,
    )


def _gateway_environment(config: GatewayConfig) -> dict[str, str]:
    variables = {
        ENVIRONMENT_VARIABLE: config.to_json(),
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
        "AWS_LWA_INVOKE_MODE": "response_stream",
        "AWS_LWA_PORT": "8080",
        # Must not touch SageMaker: the function is ready when the endpoint is not.
        "AWS_LWA_READINESS_CHECK_PATH": OPENAPI.path,
    }
    size = sum(len(name) + len(value.encode()) for name, value in variables.items())
    if size > GATEWAY_CONFIG_MAX_BYTES:
        raise SettingsError(
            f"cors_origins = {len(config.cors_origins)} origins, {len(config.tokens_per_day)} "
            f"plans with tokens_per_day: the gateway's environment would be {size} bytes, a "
            f"function's holds {GATEWAY_CONFIG_MAX_BYTES}. Name fewer."
        )
    return variables


def _join(function: lambda_.Function, network: NetworkConstruct) -> None:
    """Put a function into subnets; by its L1, since the library's VPC wants zones as well."""
    resource = cast(lambda_.CfnFunction, function.node.default_child)
    resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=network.subnet_ids, security_group_ids=network.security_group_ids
    )
    function.add_to_role_policy(
        iam.PolicyStatement(sid="JoinNetwork", actions=list(_NETWORK_ACTIONS), resources=["*"])
    )
    acknowledge(
        function.role or function,
        "IAM5[Resource::*]",
        "Lambda makes the network interfaces itself, so none can be named beforehand.",
    )


def _function(
    scope: Construct,
    construct_id: str,
    *,
    options: FunctionOptions,
    description: str,
    handler: str,
    memory_mib: int,
    timeout_s: int,
    reserved_concurrency: int | None = None,
) -> lambda_.Function:
    """A function whose role may write to its own log group, and no more."""
    log = log_group(
        scope,
        f"{construct_id}Log",
        retention_days=options.log_retention_days,
        kms_key_arn=options.kms_key_arn,
    )
    role = iam.Role(
        scope,
        f"{construct_id}Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=description,
    )
    log.grant_write(role)
    if options.tracing:
        acknowledge(
            role, "IAM5[Resource::*]", "X-Ray's actions for sending traces know no resource."
        )
    return lambda_.Function(
        scope,
        construct_id,
        code=options.code,
        description=description,
        handler=handler,
        runtime=RUNTIME,
        architecture=ARCHITECTURE,
        memory_size=memory_mib,
        timeout=cdk.Duration.seconds(timeout_s),
        role=role,
        log_group=log,
        tracing=lambda_.Tracing.ACTIVE if options.tracing else None,
        reserved_concurrent_executions=reserved_concurrency,
    )
