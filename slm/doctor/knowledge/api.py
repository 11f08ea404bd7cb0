"""The API: API Gateway, the function, what a request may be."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TRACE, Cause, Phase, sign, status

API: Final = (
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
            "--patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN` with the output "
            "`ApiGatewayLogsRoleArn`."
        ),
        signatures=(
            sign("cloudwatch", r"cloudwatch (logs )?role arn must be set", PROOF),
            sign(
                "cloudwatch cloudwatchrolearn",
                r"cloudwatch ?(logs )?role ?arn.{0,60}(not|must|invalid|missing|required)|"
                r"account settings to enable logging|"
                r"role arn does not have required permissions.{0,60}api gateway",
                PROOF,
            ),
            sign("logging", r"api gateway.{0,80}(enable|write|push).{0,30}log", HINT),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        ),
    ),
    Cause(
        id="apigw_29s_timeout",
        title="API Gateway gave up waiting: its integration time is over.",
        explanation=(
            "29 seconds by default for an answer in one piece. This project's API streams inside "
            "and waits longer; a stack of another template, or a route of your own, does not."
        ),
        against="`Task timed out` in the function's log: then the function ended first.",
        fix=(
            "Deploy this project's stack, which streams; ask for fewer tokens "
            '(`max_new_tokens`), or stream the answer (`"stream": true`).'
        ),
        signatures=(
            sign("endpoint", r"endpoint request timed[ -]out", PROOF),
            sign("integration_timeout", r"integration_timeout", PROOF),
            sign(
                "execution integration",
                r"execution failed due to a timeout|integration.{0,60}(time[d ]?-?out|timeout)",
                STRONG,
            ),
            sign(
                "504",
                status("504") + r"|gateway[ -]time-?out",
                LIKELY,
                unless="hub_words",
            ),
            sign(
                "29 30",
                r"(gateway|integration|api|request|client|invo\w+|connection)\b.{0,80}\b(29|30)"
                r"([.,]\d+)? ?-?(s|sec|seconds?)\b|\b(29|30)([.,]\d+)? ?-?(s|sec|seconds?)\b"
                r".{0,60}(limit|gateway|integration|50[34])",
                LIKELY,
                unless="function_timeout",
            ),
            sign("29000", r"\b29 ?000\b|timeout should be between 50 ms and 29", STRONG),
            sign("gateway", r"api ?gateway.{0,60}time[sd ]?-? ?out", LIKELY),
        ),
        phase=Phase.SERVING,
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",),
    ),
    Cause(
        id="sagemaker_60s_timeout",
        title="The model did not answer within SageMaker's time for an invocation.",
        explanation=(
            "60 seconds for an answer in one piece, 8 minutes for a stream. SageMaker reports it "
            "as a server error 0 of the model; for streams as a ModelStreamError."
        ),
        against="The container's log has an error for that request.",
        fix=(
            "Stream (this project's API always does inside), ask for fewer tokens, or take a "
            "faster GPU: `slm plan` tells the seconds of an answer."
        ),
        signatures=(
            sign("invocation", r"invocation timed out while waiting", PROOF),
            sign(
                "allotted",
                r"not complete sending .{0,40}in the allotted time|allotted time",
                PROOF,
            ),
            sign("0", r"server error \(0\)", STRONG),
            sign("modelstreamerror", r"modelstreamerror", LIKELY),
            sign(
                "invokeendpoint invocations read",
                r"(read )?time(d )?-?out.{0,120}(invokeendpoint|/invocations|runtime\.sagemaker)|"
                r"(invokeendpoint|/invocations|runtime\.sagemaker).{0,160}time(d )?-?out",
                LIKELY,
            ),
            sign(
                "60",
                r"(sagemaker|invo\w+|endpoint|model|container)\b.{0,80}\b60 ?-?(s|sec|seconds?)\b|"
                r"\b60 ?-?(s|sec|seconds?)\b.{0,60}(limit|invoc|endpoint|cut|model|container)",
                LIKELY,
                unless="function_timeout",
            ),
            sign("upstream", r"upstream timed out", LIKELY),
            sign("worker", r"worker timeout|worker .{0,30}time-?out", LIKELY),
            sign("modelnotreadyexception", r"modelnotreadyexception", HINT),
        ),
        phase=Phase.SERVING,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html",
        ),
    ),
    Cause(
        id="lambda_timeout",
        title="The Lambda function ran out of its own time.",
        explanation=(
            "The function's time limit (3 seconds by default) ended before the model had "
            "answered; API Gateway shows a 502."
        ),
        against="The API answered 504 and the function's log shows a normal end.",
        fix=(
            "Deploy this project's stack: its function has 480 seconds. For a function of your "
            "own: `aws lambda update-function-configuration --function-name NAME --timeout 60`."
        ),
        signatures=(
            sign("task", r"task timed out after", PROOF),
            sign("timedout status", r"sandbox\.timedout|status: timeout\b", PROOF),
            sign(
                "lambda function",
                r"(lambda|function).{0,60}(ends?|ended|times? out|timed out|timeout|stops?|stopped|"
                r"killed|cut|terminat\w+|dies|aborts?|fails?).{0,30}\b(after|at|within|of|in) "
                r"\d+ ?-?"
                r"(s\b|sec|ms|min)",
                STRONG,
            ),
            sign("lambda", r"lambda.{0,40}(timed? ?-?out|timeout)", LIKELY),
            sign("statetaskfailed", r"states\.timeout", HINT),
        ),
        phase=Phase.SERVING,
        sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",),
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
            "create-usage-plan-key --usage-plan-id PLAN --key-id KEY --key-type API_KEY`."
        ),
        signatures=(
            sign("forbidden", r"\bmessage\W{1,6}forbidden\b", STRONG),
            sign("forbidden", r"\b403\W{1,5}forbidden\b(?!.{0,80}(hugging|s3|hf\.co))", LIKELY),
            sign("forbidden", r"^\W*forbidden\W*$|forbiddenexception", STRONG),
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
        ),
        phase=Phase.SERVING,
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
        ),
    ),
    Cause(
        id="throttled_429",
        title="Too many requests: a rate, a quota or the concurrency is used up.",
        explanation=(
            "The usage plan's rate or quota, the account's limits, the function's concurrency, or "
            "the model's queue. SageMaker may show it as a 400 with a null message."
        ),
        against="The Hub's 429 while a model is downloaded: that is the Hub's limit.",
        fix=(
            "Wait as `Retry-After` says, and retry with growing pauses. For good: `rate_limit`, "
            "`burst_limit`, `quota` in `slm.toml`, or more instances "
            "(`autoscaling_max_instance_count`)."
        ),
        signatures=(
            sign(
                "throttlingexception throttling throttled toomanyrequestsexception "
                "throttlederror throttlesexceeded",
                r"throttlingexception|\bthrottling\b(?!_)(?!.{0,12}(rate|burst|settings|"
                r"limits?)\b)|"
                r"(request|was|were|been|is|are|got|being) throttled|toomanyrequests",
                STRONG,
            ),
            sign(
                "many", r"too many requests(?!.{0,120}(hugging|hf\.co))", STRONG, unless="hub_429"
            ),
            sign("rate", r"rate (limit )?exceeded|rate_limit_exceeded", STRONG),
            sign("limit", r"\bmessage\W{1,6}limit exceeded|\blimit exceeded exception", STRONG),
            sign("quota_exceeded insufficient_quota", r"quota_exceeded|insufficient_quota", STRONG),
            sign(
                "429",
                status("429"),
                LIKELY,
                unless="hub_429",
            ),
            sign(
                "overloaded",
                r"(model|server|service) is overloaded|model_overloaded",
                STRONG,
            ),
            sign(
                "concurrency concurrent reservedfunctionconcurrentinvocationlimitexceeded",
                r"(concurren\w+).{0,60}(exceed|limit|reached|exhaust)|limitexceeded",
                LIKELY,
            ),
            sign("queue", r"queue (is )?full|no permits available", LIKELY),
        ),
        phase=Phase.SERVING,
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
        ),
    ),
    Cause(
        id="payload_too_large",
        title="The request is larger than something on its way takes.",
        explanation=(
            "10 MB at API Gateway, 6 MB at Lambda, 4 MiB at this project's gateway; SageMaker "
            "takes 25 MB (serverless: 4 MB), and engines have limits of their own. Some close the "
            "connection without an answer."
        ),
        against="The same request fails with a short prompt too.",
        fix="Send less: shorter prompts; text instead of encoded files; fewer requests in a batch.",
        signatures=(
            sign("oversize", r"oversize(d)? (body|payload|request)", PROOF),
            sign("413", status("413"), STRONG, unless="number_words"),
            sign(
                "large size",
                r"(payload|entity|body|request|content|message|event)\b.{0,30}too large|"
                r"(payload|body|content|request|event)[ _-]?(size|length).{0,60}(exceed|limit|"
                r"maximum|greater|larger|over|too)|exceed\w* .{0,40}(payload|body|request) "
                r"(size|limit)",
                STRONG,
            ),
            sign(
                "length bytes",
                r"length limit exceeded|content[- ]length exceeded|"
                r"(must be|is) (smaller|less|larger|greater) than \d+ ?bytes|"
                r"greater than .{0,20}\bbytes",
                STRONG,
            ),
            sign(
                "length", r"failed to satisfy constraint: member must have length less than", STRONG
            ),
            sign("length size", r"['\"]?body['\"]? failed to satisfy", STRONG),
            sign(
                "mb kb mib bytes",
                r"(larger|more|bigger|greater|over|above|beyond|exceed\w*|than|"
                r"size).{0,40}\b\d+([.,]"
                r"\d+)? ?(mb|kb|mib|kib)\b|\b\d+([.,]\d+)? ?(mb|kb|mib)\b.{0,60}(payload|body|"
                r"request|fail|limit|close|reset|image|input|works)",
                LIKELY,
                after="request",
            ),
            sign(
                "broken brokenpipeerror connectionreseterror reset aborted closed",
                r"broken ?pipe|connection (was )?(reset|aborted|closed|forcibly)|"
                r"connectionreseterror|connectionclosederror",
                HINT,
                after="request",
            ),
            sign(
                "connection", r"connection was closed before we received a valid response", LIKELY
            ),
            sign("request_too_large request_too_long", r"request_too_l", PROOF),
        ),
        phase=Phase.SERVING,
        sources=(
            "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html",
        ),
    ),
    Cause(
        id="request_token_limit",
        title="The prompt, or prompt and answer together, are longer than the engine serves.",
        explanation=(
            "The engine refuses the request (TGI: 422, others: 400). The limit is the one that was "
            "deployed, which may be below the model's own context."
        ),
        against="The engine has not started: then its own settings are at fault.",
        fix=(
            "A shorter prompt or a smaller `max_new_tokens`; or `max_input_tokens` and "
            "`max_total_tokens` larger in `slm.toml`, if `slm plan` says that they fit."
        ),
        signatures=(
            sign(
                "inputs max_new_tokens",
                r"inputs\W{0,3}( tokens)? .{0,60}(must|should) (have|be) .{0,30}(less|<|fewer|at "
                r"most)|"
                r"max_new_tokens\W{0,3} must be|inputs. (tokens )?\+ .?max_new_tokens",
                PROOF,
            ),
            sign(
                "validation",
                r"input validation error.{0,200}tokens",
                STRONG,
            ),
            sign(
                "context",
                r"maximum context length|(exceed|longer|larger|greater|more|bigger|beyond|above)\w*"
                r".{0,50}context (length|size|window)|context[ _](length|size|window)[ _]?"
                r".{0,30}exceeded|exceed_context_size|context_length_exceeded",
                PROOF,
                unless="start_words",
            ),
            sign(
                "prompt input sequence tokens token",
                r"(prompt|input|sequence|message)s?\b.{0,60}(too long|longer than|exceeds?|larger "
                r"than).{0,60}(tokens?|length|limit|max|model|context)|requested .{0,20}tokens|"
                r"token(s| count| indices).{0,40}(longer than|exceed|limit exceeded)",
                STRONG,
                unless="start_words",
            ),
            sign(
                "422",
                status("422"),
                HINT,
            ),
            sign(
                "position", r"index out of range in self|position_?embeddings?.{0,40}exceed", HINT
            ),
        ),
        phase=Phase.SERVING,
        sources=("https://huggingface.co/docs/text-generation-inference/reference/launcher",),
    ),
)
