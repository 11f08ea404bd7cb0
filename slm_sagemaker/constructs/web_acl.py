"""A web ACL: one address cannot take the API for itself."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from slm.errors import RateLimited, facts_of
from slm.gateway_responses import body_text

_WINDOW_S: Final = 300

_REFUSAL: Final = RateLimited(
    "Too many requests from this address within five minutes. Wait a minute and retry."
)
_RETRY_AFTER_S: Final = 60
_BODY: Final = "rate-limited"


class WebAclConstruct(Construct):
    """Rate rule per address, bound to a stage. It samples no requests: their headers hold keys.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        stage: What it stands before.
        rate_limit: Requests per address in five minutes.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: apigateway.Stage, rate_limit: int
    ) -> None:
        super().__init__(scope, construct_id)
        visibility = wafv2.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True,
            metric_name=f"{cdk.Stack.of(self).stack_name}-addresses",
            sampled_requests_enabled=False,
        )
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=visibility,
            # The answer of a web ACL goes before API Gateway's gateway responses.
            custom_response_bodies={
                _BODY: wafv2.CfnWebACL.CustomResponseBodyProperty(
                    content=body_text(_REFUSAL), content_type="APPLICATION_JSON"
                )
            },
            rules=[
                wafv2.CfnWebACL.RuleProperty(
                    name="rate-per-address",
                    priority=0,
                    action=wafv2.CfnWebACL.RuleActionProperty(
                        block=wafv2.CfnWebACL.BlockActionProperty(
                            custom_response=wafv2.CfnWebACL.CustomResponseProperty(
                                response_code=facts_of(_REFUSAL).status,
                                custom_response_body_key=_BODY,
                                response_headers=[
                                    wafv2.CfnWebACL.CustomHTTPHeaderProperty(
                                        name="retry-after", value=str(_RETRY_AFTER_S)
                                    )
                                ],
                            )
                        )
                    ),
                    statement=wafv2.CfnWebACL.StatementProperty(
                        rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                            aggregate_key_type="IP",
                            limit=rate_limit,
                            evaluation_window_sec=_WINDOW_S,
                        )
                    ),
                    visibility_config=visibility,
                )
            ],
        )
        wafv2.CfnWebACLAssociation(
            self, "Association", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn
        )
