"""A request that took too long: for API Gateway, SageMaker or the function."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign, status

TIMEOUTS: Final = (
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
            sign(
                "503 unavailable",
                r"message\W{1,5}service unavailable\W{1,3}$|^\W*(http/\S+ )?503 service "
                r"unavailable\W*$",
                HINT,
            ),
            sign("endpoint", r"endpoint request timed[ -]out", PROOF),
            sign("integration_timeout", r"integration_timeout", PROOF),
            sign(
                "execution integration",
                r"execution failed due to a timeout|integration.{0,60}(time[d ]?-?out|timeout)",
                STRONG,
            ),
            sign(
                "504 gateway",
                status("504") + r"|gateway[ -]time-?out",
                LIKELY,
                unless="hub_words model_error",
            ),
            sign(
                "29 30",
                r"(gateway|integration|api|request|client|invo\w+|connection)\b.{0,80}\b(29|30)"
                r"([.,]\d+)? ?-?(s|sec|seconds?)\b|\b(29|30)([.,]\d+)? ?-?(s|sec|seconds?)\b"
                r".{0,60}(limit|gateway|integration|50[34])",
                LIKELY,
                unless="function_timeout",
            ),
            sign(
                "29000 000 timeout",
                r"(time|integration|gateway).{0,40}\b29 ?000\b|\b29 ?000 ?(ms|milli)|"
                r"timeout should be between 50 ms and 29",
                STRONG,
            ),
            sign("gateway", r"api ?gateway.{0,60}time[sd ]?-? ?out", LIKELY),
            sign("gateway", r"api ?gateway.{0,80}(time|\b(29|30)\b)", TOLD, given="told"),
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
            sign("0 504", r"server error \((0|504)\)", STRONG),
            sign("modelstreamerror", r"modelstreamerror", LIKELY),
            sign(
                "invokeendpoint invocations read sagemaker",
                r"(read )?time(d )?-?out.{0,120}(invokeendpoint|/invocations|runtime\.sagemaker)|"
                r"(invokeendpoint|/invocations|runtime\.sagemaker).{0,160}time(d )?-?out",
                LIKELY,
            ),
            sign(
                "60",
                r"(sagemaker|invo\w+|endpoint|model|container)\b.{0,80}\b60 ?-?(s|sec|seconds?)\b|"
                r"\b60 ?-?(s|sec|seconds?)\b.{0,60}(limit|invoc|endpoint|cut|model|container)",
                LIKELY,
                unless="function_timeout start_slow",
            ),
            sign("upstream", r"upstream timed out(?!.{0,300}/ping)", LIKELY),
            sign("worker", r"worker timeout|worker .{0,30}time-?out", LIKELY),
            sign("modelnotreadyexception", r"modelnotreadyexception", HINT),
            sign("invocation invocations invoke", r"invo\w+\b.{0,80}time", TOLD, given="told"),
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
            sign("statetaskfailed timeout", r"states\.timeout", HINT),
            sign("lambda", r"\blambda\b.{0,80}(time[sd]? ?-?out|seconds)", TOLD, given="told"),
        ),
        phase=Phase.SERVING,
        sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",),
    ),
)
