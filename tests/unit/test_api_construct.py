"""The API in the template: keys, limits, streaming, its own answers, its functions."""

import json
from typing import Any

import pytest

from slm.errors import error_body, facts_of
from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig
from slm.gateway_responses import GATEWAY_RESPONSES
from slm.limits import (
    FUNCTION_TIMEOUT_S,
    INTEGRATION_TIMEOUT_S,
    MAX_BURST_LIMIT,
    MAX_RATE_LIMIT,
)
from slm.routes import HEALTH, OPENAPI, ROUTES
from slm.settings import SettingsError, load_settings
from slm_sagemaker.constructs.token_table import gateway_config
from tests.unit import template_reader
from tests.unit.cdk_helpers import (
    EVERYTHING,
    Template,
    default_settings,
    function,
    only,
    resources,
    statements,
    synthesize,
    synthesize_with,
    text,
)

GATEWAY = "run.sh"
AUTHORIZER = "authorizer.handler"


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesize()


def test_every_route_has_a_method_that_asks_for_a_key_as_the_table_says(
    template: Template,
) -> None:
    methods = template_reader.methods(template)
    for route in ROUTES:
        assert methods[route.method, route.resource].key_required is route.key_required, route
    others = set(methods) - {(route.method, route.resource) for route in ROUTES}
    assert all(
        method == "ANY" and not methods[method, path].key_required for method, path in others
    )


def test_whatever_is_no_route_reaches_the_gateway(template: Template) -> None:
    """ANY on each resource and below the root: no path, no method is left to API Gateway."""
    paths = {path for method, path in template_reader.methods(template) if method == "ANY"}
    routes = {route.resource for route in ROUTES}
    assert paths == routes | {"/", "/{proxy+}", "/v1", "/v1/chat"}
    assert len(paths) == len(resources(template, "AWS::ApiGateway::Resource")) + 1


def test_every_method_streams_from_the_gateway_function(template: Template) -> None:
    assert all(facts.streaming for facts in template_reader.methods(template).values())
    for method in resources(template, "AWS::ApiGateway::Method").values():
        integration = method["Properties"]["Integration"]
        assert integration["Type"] == "AWS_PROXY"
        assert text(integration["Uri"]).endswith("/response-streaming-invocations")
        assert integration["TimeoutInMillis"] == INTEGRATION_TIMEOUT_S * 1000


def test_a_key_is_read_by_the_authorizer_from_either_header(template: Template) -> None:
    authorizer_id, authorizer = only(template, "AWS::ApiGateway::Authorizer")
    assert authorizer["Type"] == "REQUEST"
    assert authorizer["IdentitySource"] == ""
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    _, api = only(template, "AWS::ApiGateway::RestApi")
    assert api["ApiKeySourceType"] == "AUTHORIZER"
    for method in resources(template, "AWS::ApiGateway::Method").values():
        properties = method["Properties"]
        if properties["ApiKeyRequired"]:
            assert properties["AuthorizationType"] == "CUSTOM"
            assert properties["AuthorizerId"] == {"Ref": authorizer_id}
        else:
            assert properties["AuthorizationType"] == "NONE"


def test_the_key_is_in_the_plan_of_the_stage(template: Template) -> None:
    key_id, key = only(template, "AWS::ApiGateway::ApiKey")
    plan_id, plan = only(template, "AWS::ApiGateway::UsagePlan")
    _, member = only(template, "AWS::ApiGateway::UsagePlanKey")
    assert (member["KeyId"], member["UsagePlanId"]) == ({"Ref": key_id}, {"Ref": plan_id})
    assert "Value" not in key
    assert "Name" not in key
    [stage] = plan["ApiStages"]
    assert stage["Stage"] == {"Ref": only(template, "AWS::ApiGateway::Stage")[0]}


def test_the_limits_are_the_settings() -> None:
    settings = {
        "rate_limit": 7.5,
        "burst_limit": 15,
        "quota": 77,
        "keyless_rate_limit": 3,
        "keyless_burst_limit": 6,
    }
    assert template_reader.limits(synthesize(**settings)) == template_reader.Limits(
        rate=7.5, burst=15, quota_per_day=77, keyless_rate=3, keyless_burst=6
    )


def test_a_route_without_a_key_is_throttled_low_and_one_with_a_key_by_its_plan(
    template: Template,
) -> None:
    settings = default_settings()
    for facts in template_reader.methods(template).values():
        if facts.key_required:
            assert (facts.rate, facts.burst) == (MAX_RATE_LIMIT, MAX_BURST_LIMIT)
        else:
            assert facts.rate == settings.keyless_rate_limit
            assert facts.burst == settings.keyless_burst_limit


def test_api_gateways_own_answers_are_those_of_the_table(template: Template) -> None:
    responses = template_reader.gateway_responses(template)
    assert set(responses) == {*GATEWAY_RESPONSES, "DEFAULT_4XX", "DEFAULT_5XX"}
    for name, error in GATEWAY_RESPONSES.items():
        response = responses[name]
        assert response.status == facts_of(error).status
        assert response.headers == dict(facts_of(error).headers)
        assert json.loads(response.body) == error_body(error)
        assert not set("$#") & set(response.body), "the template language would read these"


@pytest.mark.parametrize(
    ("name", "error_type"),
    [("DEFAULT_4XX", "invalid_request_error"), ("DEFAULT_5XX", "server_error")],
)
def test_other_answers_keep_status_and_message_in_the_same_shape(
    template: Template, name: str, error_type: str
) -> None:
    response = template_reader.gateway_responses(template)[name]
    assert response.status is None
    assert json.loads(response.body.replace("$context.error.messageString", '"Why"')) == {
        "message": "Why",
        "error": {"message": "Why", "type": error_type, "param": None, "code": None},
    }


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [
        (("https://chat.example.com",), "https://chat.example.com"),
        (("https://a.example", "https://b.example"), "*"),
        (("*",), "*"),
    ],
)
def test_with_cors_a_page_may_read_api_gateways_answers(
    origins: tuple[str, ...], allowed: str
) -> None:
    responses = template_reader.gateway_responses(synthesize(cors_origins=origins))
    for response in responses.values():
        assert response.headers["access-control-allow-origin"] == allowed
        assert response.headers["access-control-expose-headers"] == "retry-after, x-should-retry"


def test_without_cors_none_may(template: Template) -> None:
    for response in template_reader.gateway_responses(template).values():
        assert "access-control-allow-origin" not in response.headers


def test_the_api_is_regional_and_logs_nothing(template: Template) -> None:
    _, api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    _, stage = only(template, "AWS::ApiGateway::Stage")
    assert stage["StageName"] == "prod"
    assert "AccessLogSetting" not in stage
    for setting in stage["MethodSettings"]:
        assert setting.get("LoggingLevel", "OFF") == "OFF"
        assert setting["DataTraceEnabled"] is False


def test_access_logs_can_be_switched_on_and_never_hold_a_key() -> None:
    template = synthesize(access_logs=True)
    _, stage = only(template, "AWS::ApiGateway::Stage")
    fields = json.loads(stage["AccessLogSetting"]["Format"])
    assert fields["apiKeyId"] == "$context.identity.apiKeyId"
    assert "$context.identity.apiKey" not in fields.values()
    [log_group] = [
        logical_id
        for logical_id in resources(template, "AWS::Logs::LogGroup")
        if logical_id in text(stage["AccessLogSetting"]["DestinationArn"])
    ]
    assert template["Resources"][log_group]["Properties"]["RetentionInDays"] == 30


def test_the_accounts_logging_is_left_alone_but_its_role_is_there(template: Template) -> None:
    assert not resources(template, "AWS::ApiGateway::Account")
    [role] = [
        role["Properties"]
        for role in resources(template, "AWS::IAM::Role").values()
        if "apigateway.amazonaws.com" in json.dumps(role)
    ]
    assert [text(arn) for arn in role["ManagedPolicyArns"]] == [
        "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    ]


def test_the_gateway_function_streams_through_the_web_adapter(template: Template) -> None:
    properties = function(template, GATEWAY)
    variables = properties["Environment"]["Variables"]
    assert variables["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/bootstrap"
    assert variables["AWS_LWA_INVOKE_MODE"] == "response_stream"
    assert [text(layer) for layer in properties["Layers"]] == [
        "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerArm64:30"
    ]
    assert properties["Architectures"] == ["arm64"]
    assert properties["Runtime"] == "python3.14"
    assert properties["Timeout"] == FUNCTION_TIMEOUT_S


def test_readiness_does_not_wait_for_sagemaker(template: Template) -> None:
    path = function(template, GATEWAY)["Environment"]["Variables"]["AWS_LWA_READINESS_CHECK_PATH"]
    assert path == OPENAPI.path != HEALTH.path


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["default", "everything"])
def test_the_gateway_reads_back_what_the_settings_say(settings: dict[str, Any]) -> None:
    variables = function(synthesize_with(**settings), GATEWAY)["Environment"]["Variables"]
    document = variables[ENVIRONMENT_VARIABLE]
    assert GatewayConfig.from_json(document) == gateway_config(load_settings(**settings))


def test_more_origins_than_a_functions_environment_holds_are_refused() -> None:
    origins = tuple(f"https://{n}.chat.example.com" for n in range(200))
    with pytest.raises(SettingsError, match=r"cors_origins = 200 origins, .*holds 4096"):
        synthesize(cors_origins=origins)


@pytest.mark.parametrize("handler", [GATEWAY, AUTHORIZER])
def test_a_function_may_write_its_own_log_and_no_more(template: Template, handler: str) -> None:
    properties = function(template, handler)
    [role, attribute] = properties["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    log_group = properties["LoggingConfig"]["LogGroup"]["Ref"]
    assert template["Resources"][log_group]["Properties"]["RetentionInDays"] == 30
    assert template["Resources"][log_group]["DeletionPolicy"] == "Delete"
    assert "ManagedPolicyArns" not in template["Resources"][role]["Properties"]
    granted = list(statements(template, role))
    assert {
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Effect": "Allow",
        "Resource": {"Fn::GetAtt": [log_group, "Arn"]},
    } in granted
    others = [s for s in granted if "logs:PutLogEvents" not in s["Action"]]
    assert len(others) == (1 if handler == GATEWAY else 0)
    assert not any("*" in json.dumps(statement) for statement in granted)


def test_the_gateway_function_may_ask_its_own_endpoint(template: Template) -> None:
    [role, _] = function(template, GATEWAY)["Role"]["Fn::GetAtt"]
    [statement] = [
        s for s in statements(template, role) if "sagemaker:InvokeEndpoint" in s["Action"]
    ]
    assert text(statement["Resource"]) == (
        "arn:aws:sagemaker:us-east-1:${AWS::AccountId}:endpoint/slmsagemakerstack-endpoint"
    )


def test_only_this_api_may_call_the_functions(template: Template) -> None:
    api, _ = only(template, "AWS::ApiGateway::RestApi")
    permissions = resources(template, "AWS::Lambda::Permission").values()
    assert len(permissions) == 2
    for permission in permissions:
        properties = permission["Properties"]
        assert properties["Action"] == "lambda:InvokeFunction"
        assert properties["Principal"] == "apigateway.amazonaws.com"
        assert f":${{{api}}}/" in text(properties["SourceArn"])


def test_each_plan_has_its_limits_and_the_first_key_is_in_the_default_one() -> None:
    template = synthesize_with(
        plans={"batch": {"rate_limit": 2, "quota": 9, "quota_period": "month"}}
    )
    plans = {
        plan["Properties"]["UsagePlanName"]: plan["Properties"]
        for plan in resources(template, "AWS::ApiGateway::UsagePlan").values()
    }
    assert set(plans) == {"SlmSagemakerStack-default", "SlmSagemakerStack-batch"}
    batch = plans["SlmSagemakerStack-batch"]
    assert batch["Throttle"] == {"RateLimit": 2, "BurstLimit": 100}
    assert batch["Quota"] == {"Limit": 9, "Period": "MONTH"}
    _, key = only(template, "AWS::ApiGateway::UsagePlanKey")
    default = template["Resources"][key["UsagePlanId"]["Ref"]]["Properties"]
    assert default["UsagePlanName"] == "SlmSagemakerStack-default"


def test_another_plan_leaves_the_first_ones_id_alone() -> None:
    assert set(synthesize()["Resources"]) < set(synthesize_with(plans={"b": {}})["Resources"])


def test_reserved_concurrency_is_off_by_default() -> None:
    name = "ReservedConcurrentExecutions"
    assert name not in function(synthesize(), GATEWAY)
    assert function(synthesize(max_concurrent_requests=7), GATEWAY)[name] == 7


def test_traces_are_a_switch() -> None:
    for tracing in (False, True):
        template = synthesize(tracing=tracing)
        _, stage = only(template, "AWS::ApiGateway::Stage")
        assert stage["TracingEnabled"] is tracing
        mode = function(template, GATEWAY).get("TracingConfig", {}).get("Mode")
        assert mode == ("Active" if tracing else None)


def test_a_function_in_a_vpc_has_the_containers_group() -> None:
    template = synthesize_with(vpc_id="vpc-0a1b2c3d", vpc_subnet_ids=("subnet-0a1b2c3d",))
    group_id, _ = only(template, "AWS::EC2::SecurityGroup")
    assert function(template, GATEWAY)["VpcConfig"] == {
        "SubnetIds": ["subnet-0a1b2c3d"],
        "SecurityGroupIds": [{"Fn::GetAtt": [group_id, "GroupId"]}],
    }
    role = function(template, GATEWAY)["Role"]["Fn::GetAtt"][0]
    joined = [s for s in statements(template, role) if s.get("Sid") == "JoinNetwork"]
    assert [sorted(s["Action"]) for s in joined] == [
        [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ]
    ]
    assert "VpcConfig" not in function(template, AUTHORIZER)
