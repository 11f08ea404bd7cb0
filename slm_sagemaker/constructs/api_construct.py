"""The HTTP API: API Gateway with keys and limits, in front of the gateway function."""

from pathlib import PurePosixPath
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from slm.gateway.config import GatewayConfig
from slm.limits import INTEGRATION_TIMEOUT_S
from slm.routes import ROUTES
from slm_sagemaker.bundling import function_code
from slm_sagemaker.checks import acknowledge
from slm_sagemaker.constructs.functions import authorizer_function, gateway_function
from slm_sagemaker.constructs.gateway_responses import add_gateway_responses
from slm_sagemaker.constructs.stage import stage_options

_ANY: Final = "ANY"
_CATCH_ALL: Final = "/{proxy+}"


class ApiConstruct(Construct):
    """REST API, its functions, API key, usage plan and the role for API Gateway's logs.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        config: What the gateway function is told.
        rate_limit: Requests per second of one key.
        burst_limit: Burst of one key, in requests.
        quota: Requests per day of one key.
        keyless: Limits of each method without a key.
        access_logs: Whether API Gateway logs requests; needs the account's CloudWatch role.
        log_retention_days: Days that logs are kept.

    Attributes:
        api: The REST API.
        function: The gateway function; it may reach no endpoint until one grants it.
        api_key: The first key; others may be made outside the stack.
        logs_role: Role for the account's CloudWatch setting. The setting itself is one for the
            account and region, so the stack leaves it alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: GatewayConfig,
        rate_limit: float,
        burst_limit: int,
        quota: int,
        keyless: apigateway.ThrottleSettings,
        access_logs: bool,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, construct_id)
        code = function_code()
        self.function = gateway_function(
            self, "Gateway", code=code, config=config, log_retention_days=log_retention_days
        )
        self.api = self._build_api(
            stage_options(
                self,
                keyless=keyless,
                access_logs=access_logs,
                log_retention_days=log_retention_days,
            )
        )
        self._add_methods(
            apigateway.RequestAuthorizer(
                self,
                "Authorizer",
                handler=authorizer_function(
                    self, "AuthorizerFunction", code=code, log_retention_days=log_retention_days
                ),
                # No identity source and no cache: the key may be in either of two headers.
                identity_sources=[],
                results_cache_ttl=cdk.Duration.seconds(0),
            )
        )
        add_gateway_responses(self.api, config.cors_origins)
        self.api_key = self._build_api_key(rate_limit, burst_limit, quota)
        self.logs_role = self._build_logs_role()
        if not access_logs:
            acknowledge(self.api, "APIG1", "Off by default; the setting access_logs turns them on.")

    def _build_api(self, stage: apigateway.StageOptions) -> apigateway.RestApi:
        api = apigateway.RestApi(
            self,
            "RestApi",
            rest_api_name=cdk.Stack.of(self).stack_name,
            description="API of a language model on SageMaker",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            api_key_source_type=apigateway.ApiKeySourceType.AUTHORIZER,
            cloud_watch_role=False,
            deploy_options=stage,
        )
        # CDK's own output: the stack has its outputs under names of its own.
        api.node.try_remove_child("Endpoint")
        for rule, reason in (
            ("APIG2", "The gateway validates requests, with messages that name the field."),
            ("APIG3", "Callers are limited by key; a web ACL is billed by the month."),
            ("APIG4", "What has no authorizer is public on purpose, and throttled low."),
            ("APIG6", "Execution logs hold prompts and answers; the gateway logs neither."),
            ("COG4", "Callers are programs with API keys, not users of a Cognito pool."),
        ):
            acknowledge(api, rule, reason)
        return api

    def _add_methods(self, authorizer: apigateway.RequestAuthorizer) -> None:
        """A method for each route, and ANY on every resource, so that the gateway alone decides
        404 and 405: API Gateway has a 403 for a method that a resource lacks.
        """
        integration = apigateway.LambdaIntegration(
            self.function,
            response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
            timeout=cdk.Duration.seconds(INTEGRATION_TIMEOUT_S),
            scope_permission_to_method=False,
        )
        root = self.api.root
        for route in ROUTES:
            root.resource_for_path(route.path).add_method(
                route.method,
                integration,
                api_key_required=route.key_required,
                authorizer=authorizer if route.key_required else None,
            )
        for path in sorted(
            {_CATCH_ALL, *(up for route in ROUTES for up in _up_to_root(route.path))}
        ):
            root.resource_for_path(path).add_method(_ANY, integration, api_key_required=False)

    def _build_api_key(self, rate_limit: float, burst_limit: int, quota: int) -> apigateway.IApiKey:
        key = apigateway.ApiKey(self, "ApiKey", description="First key of the API")
        plan = self.api.add_usage_plan(
            "UsagePlan",
            description="Limits of one API key",
            throttle=apigateway.ThrottleSettings(rate_limit=rate_limit, burst_limit=burst_limit),
            quota=apigateway.QuotaSettings(limit=quota, period=apigateway.Period.DAY),
            api_stages=[
                apigateway.UsagePlanPerApiStage(api=self.api, stage=self.api.deployment_stage)
            ],
        )
        plan.add_api_key(key)
        return key

    def _build_logs_role(self) -> iam.Role:
        policy = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        role = iam.Role(
            self,
            "LogsRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            description="For the account setting that API Gateway's logs need",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
        )
        acknowledge(
            role,
            f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]",
            "The policy that API Gateway's guide names for this setting.",
        )
        return role


def _up_to_root(path: str) -> list[str]:
    """A path and all that it is below: ``/v1/models`` -> ``/v1/models``, ``/v1``, ``/``."""
    return [str(up) for up in (PurePosixPath(path), *PurePosixPath(path).parents)]
