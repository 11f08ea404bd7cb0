"""API Gateway's own settings: its logs, its keys."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, TRACE, Cause, Phase, sign, status

API_GATEWAY: Final = (
    Cause(
        id="apigw_cloudwatch_role_missing",
        title="API Gateway may not write logs: the account names no role for it.",
        explanation=(
            "One setting of the account and region, shared by all its APIs. A stage with access "
            "logs cannot be made without it."
        ),
        against="`aws apigateway get-account` shows a `cloudwatchRoleArn`.",
        fix=(
            "`access_logs = false`, or name the role once: `aws apigateway update-account "
            "--patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN"
            "{aws_options}` with the output `ApiGatewayLogsRoleArn`."
        ),
        signatures=(
            sign("cloudwatch", r"cloudwatch (logs )?role arn must be set", PROOF),
            sign(
                "cloudwatch cloudwatchrolearn permissions settings",
                r"cloudwatch ?(logs )?role ?arn.{0,60}(not|must|invalid|missing|required)|"
                r"account settings to enable logging|"
                r"role arn does not have required permissions.{0,60}api gateway",
                PROOF,
            ),
            sign("logging gateway", r"api gateway.{0,80}(enable|write|push).{0,30}log", HINT),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        ),
    ),
    Cause(
        id="api_key_not_in_usage_plan",
        title="The API key is wrong, or in no usage plan of this API's stage.",
        explanation=(
            "API Gateway answers 403 Forbidden for both. A key counts only if it is enabled and "
            "its usage plan names the stage."
        ),
        against='The message is "Missing Authentication Token": then the path or method is wrong.',
        fix=(
            "Use the key of the output `GetApiKeyCommand`. For another one: `aws apigateway "
            "create-usage-plan-key --usage-plan-id PLAN --key-id KEY --key-type API_KEY"
            "{aws_options}`."
        ),
        signatures=(
            sign("invalidapikeyexception", r"invalidapikeyexception", STRONG),
            sign("forbidden", r"\bmessage\W{1,6}forbidden\b", STRONG),
            sign("forbidden", r"\b403\W{1,5}forbidden\b(?!.{0,80}(hugging|s3|hf\.co))", LIKELY),
            sign("forbidden forbiddenexception", r"^\W*forbidden\W*$|forbiddenexception", STRONG),
            sign("stage", r"invalid api stage", HINT),
            sign("stage", r"api stage not found", LIKELY),
            sign(
                "usage",
                r"usage ?plan.{0,80}(not|fail|missing|no|without|denied|invalid)|(not|no|without|"
                r"any)"
                r".{0,40}usage ?plan",
                STRONG,
            ),
            sign(
                "key",
                r"(invalid|unknown|wrong|disabled|missing|no) (x-)?api[ -]?key|api[ -]?key.{0,60}"
                r"(invalid|not (found|valid|authori[sz]ed|associated|enabled|required)|disabled|"
                r"missing|rejected|denied|forbidden)",
                LIKELY,
            ),
            sign("invalid_api_key", r"invalid_api_key", STRONG),
            sign("403", status("403"), TRACE, unless="hub_words"),
            sign("key", r"api[- ]?key.{0,80}(403|forbidden|reject|not)", TOLD, given="told"),
        ),
        phase=Phase.SERVING,
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
        ),
    ),
)
