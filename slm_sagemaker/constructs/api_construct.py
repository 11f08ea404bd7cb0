"""The HTTP API: API Gateway with keys and limits, in front of the gateway function."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from slm.gateway.config import GatewayConfig
from slm.limits import INTEGRATION_TIMEOUT_S
from slm.routes import ROUTES
from slm.settings import DEFAULT_PLAN, PlanSettings, Settings
from slm_sagemaker.bundling import function_code
from slm_sagemaker.checks import acknowledge
from slm_sagemaker.constructs.domain import Domain, DomainConstruct
from slm_sagemaker.constructs.functions import (
    FunctionOptions,
    authorizer_function,
    gateway_function,
)
from slm_sagemaker.constructs.gateway_responses import add_gateway_responses
from slm_sagemaker.constructs.network import NetworkConstruct
from slm_sagemaker.constructs.stage import stage_options
from slm_sagemaker.constructs.usage_plans import add_usage_plans
from slm_sagemaker.constructs.web_acl import WebAclConstruct

_ANY: Final = "ANY"
_CATCH_ALL: Final = "/{proxy+}"


@dataclass(frozen=True)
class ApiOptions:
    """Limits, guards and records of the API.

    Attributes:
        plans: Usage plans: name -> what each of its keys may use.
        keyless: Limits of each method without a key.
        max_concurrent_requests: Requests that all callers together have in work; 0: no limit.
        access_logs: Whether API Gateway logs requests; needs the account's CloudWatch role.
        tracing: Whether X-Ray traces requests.
        log_retention_days: Days that logs are kept.
        kms_key_arn: Key that encrypts logs; empty for AWS's own.
        waf_rate_limit: Requests per address in five minutes; 0 for no web ACL.
        domain: A name of one's own; None for API Gateway's.
    """

    plans: Mapping[str, PlanSettings]
    keyless: apigateway.ThrottleSettings
    max_concurrent_requests: int
    access_logs: bool
    tracing: bool
    log_retention_days: int
    kms_key_arn: str
    waf_rate_limit: int
    domain: Domain | None

    @classmethod
    def from_settings(cls, settings: Settings) -> "ApiOptions":
        """What the settings ask for."""
        return cls(
            plans=settings.usage_plans(),
            keyless=apigateway.ThrottleSettings(
                rate_limit=settings.keyless_rate_limit, burst_limit=settings.keyless_burst_limit
            ),
            max_concurrent_requests=settings.max_concurrent_requests,
            access_logs=settings.access_logs,
            tracing=settings.tracing,
            log_retention_days=settings.log_retention_days,
            kms_key_arn=settings.kms_key_arn,
            waf_rate_limit=settings.waf_rate_limit,
            domain=Domain.from_settings(settings),
        )


class ApiConstruct(Construct):
    """REST API, its functions, API key, usage plans and the role for API Gateway's logs.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        config: What the gateway function is told.
        options: Limits, guards and records.
        network: Where the gateway function gets its network; None for Lambda's own.

    Attributes:
        api: The REST API.
        function: The gateway function; it may reach no endpoint until one grants it.
        api_key: The first key, of the default plan; others may be made outside the stack.
        domain_name: The name of one's own; empty if there is none.
        logs_role: Role for the account's CloudWatch setting. The setting itself is one for the
            account and region, so the stack leaves it alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: GatewayConfig,
        options: ApiOptions,
        network: NetworkConstruct | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        functions = FunctionOptions(
            code=function_code(),
            log_retention_days=options.log_retention_days,
            tracing=options.tracing,
            kms_key_arn=options.kms_key_arn,
        )
        self.function = gateway_function(
            self,
            "Gateway",
            options=functions,
            config=config,
            max_concurrent_requests=options.max_concurrent_requests,
            network=network,
        )
        self.api = self._build_api(
            stage_options(
                self,
                keyless=options.keyless,
                access_logs=options.access_logs,
                tracing=options.tracing,
                log_retention_days=options.log_retention_days,
                kms_key_arn=options.kms_key_arn,
            )
        )
        self._add_methods(
            apigateway.RequestAuthorizer(
                self,
                "Authorizer",
                handler=authorizer_function(self, "AuthorizerFunction", options=functions),
                # No identity source and no cache: the key may be in either of two headers.
                identity_sources=[],
                results_cache_ttl=cdk.Duration.seconds(0),
            )
        )
        add_gateway_responses(self.api, config.cors_origins)
        self.api_key = apigateway.ApiKey(self, "ApiKey", description="First key of the API")
        plans = add_usage_plans(self.api, options.plans, stack_name=cdk.Stack.of(self).stack_name)
        plans[DEFAULT_PLAN].add_api_key(self.api_key)
        self.logs_role = self._build_logs_role()
        self._guard(options)
        self.domain_name = options.domain.name if options.domain else ""
        if options.domain:
            DomainConstruct(self, "Domain", domain=options.domain, stage=self.api.deployment_stage)

    def _guard(self, options: ApiOptions) -> None:
        stage = self.api.deployment_stage
        if options.waf_rate_limit:
            WebAclConstruct(self, "WebAcl", stage=stage, rate_limit=options.waf_rate_limit)
        else:
            reason = "Callers are limited by key; a web ACL is billed by the month."
            acknowledge(self.api, "APIG3", reason)
        if not options.access_logs:
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
            root.resource_for_path(route.resource).add_method(
                route.method,
                integration,
                api_key_required=route.key_required,
                authorizer=authorizer if route.key_required else None,
            )
        for path in sorted(
            {_CATCH_ALL, *(up for route in ROUTES for up in _up_to_root(route.resource))}
        ):
            root.resource_for_path(path).add_method(_ANY, integration, api_key_required=False)

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
