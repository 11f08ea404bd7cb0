"""The two functions before the model: the gateway, and the authorizer that reads keys."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig
from slm.limits import FUNCTION_TIMEOUT_S, GATEWAY_CONFIG_MAX_BYTES
from slm.routes import OPENAPI
from slm.settings import SettingsError
from slm_sagemaker.bundling import ARCHITECTURE, RUNTIME
from slm_sagemaker.constructs.log_groups import log_group
from slm_sagemaker.regions import Regions

_ADAPTER_LAYER: Final = "LambdaAdapterLayerArm64:30"
"""AWS Lambda Web Adapter 1.1.0, built for ARCHITECTURE: the managed Python runtime alone cannot
stream (aws/aws-lambda-web-adapter, pull request 871, 2026-09-18)."""

_GATEWAY_MEMORY_MIB: Final = 512
_AUTHORIZER_MEMORY_MIB: Final = 256
_AUTHORIZER_TIMEOUT_S: Final = 5


def gateway_function(
    scope: Construct,
    construct_id: str,
    *,
    code: lambda_.Code,
    config: GatewayConfig,
    log_retention_days: int,
) -> lambda_.Function:
    """The gateway as a function that streams. It may not reach an endpoint until one grants it.

    Raises:
        SettingsError: What the gateway is told does not fit a function's environment.
    """
    function = _function(
        scope,
        construct_id,
        code=code,
        description="Gateway: the HTTP API in front of the SageMaker endpoint",
        handler="run.sh",
        memory_mib=_GATEWAY_MEMORY_MIB,
        timeout_s=FUNCTION_TIMEOUT_S,
        log_retention_days=log_retention_days,
    )
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
    scope: Construct, construct_id: str, *, code: lambda_.Code, log_retention_days: int
) -> lambda_.Function:
    """Finds the caller's key in either header."""
    return _function(
        scope,
        construct_id,
        code=code,
        description="Authorizer: hands the caller's API key to the usage plan",
        handler="authorizer.handler",
        memory_mib=_AUTHORIZER_MEMORY_MIB,
        timeout_s=_AUTHORIZER_TIMEOUT_S,
        log_retention_days=log_retention_days,
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
            f"cors_origins = {len(config.cors_origins)} origins: the gateway's environment would "
            f"be {size} bytes, a function's holds {GATEWAY_CONFIG_MAX_BYTES}. Name fewer."
        )
    return variables


def _function(
    scope: Construct,
    construct_id: str,
    *,
    code: lambda_.Code,
    description: str,
    handler: str,
    memory_mib: int,
    timeout_s: int,
    log_retention_days: int,
) -> lambda_.Function:
    """A function whose role may write to its own log group, and no more."""
    log = log_group(scope, f"{construct_id}Log", retention_days=log_retention_days)
    role = iam.Role(
        scope,
        f"{construct_id}Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=description,
    )
    log.grant_write(role)
    return lambda_.Function(
        scope,
        construct_id,
        code=code,
        description=description,
        handler=handler,
        runtime=RUNTIME,
        architecture=ARCHITECTURE,
        memory_size=memory_mib,
        timeout=cdk.Duration.seconds(timeout_s),
        role=role,
        log_group=log,
    )
