"""The API's one stage: limits of its routes, and what API Gateway logs."""

import json
from typing import Final

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from slm.limits import MAX_BURST_LIMIT, MAX_RATE_LIMIT
from slm.routes import ROUTES, STAGE
from slm_sagemaker.constructs.log_groups import log_group

_ACCESS_LOG_FIELDS: Final = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "responseType": "$context.error.responseType",
    "responseLatencyMs": "$context.responseLatency",
    "integrationLatencyMs": "$context.integrationLatency",
    "responseLength": "$context.responseLength",
    "sourceIp": "$context.identity.sourceIp",
    "apiKeyId": "$context.identity.apiKeyId",
}
"""A key's id, never the key."""


def stage_options(
    scope: Construct,
    *,
    keyless: apigateway.ThrottleSettings,
    access_logs: bool,
    tracing: bool,
    log_retention_days: int,
    kms_key_arn: str,
) -> apigateway.StageOptions:
    """The stage's properties, and its log group in ``scope`` if it wants one.

    Whatever is not a key's route has the low limit, catch-alls included. A key's route has
    the account's: what limits it is the key's plan.

    Args:
        scope: Owner of the log group.
        keyless: Limits of each method without a key.
        access_logs: Whether API Gateway logs requests; needs the account's CloudWatch role.
        tracing: Whether X-Ray traces requests.
        log_retention_days: Days that the access log is kept.
        kms_key_arn: Key that encrypts it; empty for AWS's own.
    """
    log = (
        log_group(scope, "AccessLog", retention_days=log_retention_days, kms_key_arn=kms_key_arn)
        if access_logs
        else None
    )
    return apigateway.StageOptions(
        stage_name=STAGE,
        throttling_rate_limit=keyless.rate_limit,
        throttling_burst_limit=keyless.burst_limit,
        method_options={
            f"{route.resource}/{route.method}": apigateway.MethodDeploymentOptions(
                throttling_rate_limit=MAX_RATE_LIMIT, throttling_burst_limit=MAX_BURST_LIMIT
            )
            for route in ROUTES
            if route.key_required
        },
        # Execution logs hold prompts and answers.
        logging_level=apigateway.MethodLoggingLevel.OFF,
        data_trace_enabled=False,
        tracing_enabled=tracing,
        access_log_destination=apigateway.LogGroupLogDestination(log) if log else None,
        access_log_format=(
            apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG_FIELDS)) if log else None
        ),
    )
