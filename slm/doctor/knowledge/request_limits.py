"""A request too many, or too large."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign, status

REQUEST_LIMITS: Final = (
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
            sign("limit", r"\b(throttle|usage plan) limit exceeded", STRONG),
            sign("slow", r"\bslow down\b", LIKELY, given="request"),
            sign(
                "throttlingexception throttling throttled toomanyrequestsexception "
                "throttlederror throttlesexceeded toomanyrequests",
                r"throttlingexception|\bthrottling\b(?!_)(?!.{0,12}(rate|burst|settings|"
                r"limits?)\b)|"
                r"(request|was|were|been|is|are|got|being) throttled|toomanyrequests",
                STRONG,
            ),
            sign(
                "many", r"too many requests(?!.{0,120}(hugging|hf\.co))", STRONG, unless="hub_429"
            ),
            sign("rate rate_limit_exceeded", r"rate (limit )?exceeded|rate_limit_exceeded", STRONG),
            sign("null", r"(?<!returned )\bmessage\W{1,4}null\b", LIKELY),
            sign("limit", r"\bmessage\W{1,6}limit exceeded|\blimit exceeded exception", STRONG),
            sign("quota_exceeded insufficient_quota", r"quota_exceeded|insufficient_quota", STRONG),
            sign(
                "429",
                status("429"),
                LIKELY,
                unless="hub_429",
            ),
            sign(
                "overloaded model_overloaded",
                r"(model|server|service) is overloaded|model_overloaded",
                STRONG,
            ),
            sign(
                "concurrency concurrent "
                "reservedfunctionconcurrentinvocationlimitexceeded limitexceeded",
                r"(concurren\w+).{0,60}(exceed|limit|reached|exhaust)|limitexceeded",
                LIKELY,
            ),
            sign("queue available", r"queue (is )?full|no permits available", LIKELY),
            sign("throttled throttling rate throttl", r"throttl|rate limit", TOLD, given="told"),
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
            sign(
                "exceeds exceeded", r"exceed(s|ed) (the )?maximum allowed (payload )?size", STRONG
            ),
            sign("413", r"\bclienterror: 413\b", LIKELY),
            sign("oversize oversized", r"oversize(d)? (body|payload|request)", PROOF),
            sign("413", status("413"), STRONG, unless="number_words"),
            sign(
                "large size exceed exceeded exceeds length",
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
            sign("length", r"member must have length less than or equal to \d{4}", STRONG),
            sign("length size satisfy", r"['\"]?body['\"]? failed to satisfy", STRONG),
            sign(
                "mb kb mib bytes kib",
                r"(larger|more|bigger|greater|over|above|beyond|exceed\w*|than|"
                r"size).{0,40}\b\d+([.,]"
                r"\d+)? ?(mb|kb|mib|kib)\b|\b\d+([.,]\d+)? ?(mb|kb|mib)\b.{0,60}(payload|body|"
                r"request|fail|limit|close|reset|image|input|works)",
                LIKELY,
                after="request",
            ),
            sign(
                "broken brokenpipeerror connectionreseterror reset aborted closed "
                "connection connectionclosederror",
                r"broken ?pipe|connection (was )?(reset|aborted|closed|forcibly)|"
                r"connectionreseterror|connectionclosederror",
                HINT,
                after="request",
            ),
            sign(
                "connection", r"connection was closed before we received a valid response", LIKELY
            ),
            sign(
                "request_too_large request_too_long long",
                r"request_too_l|\brequest too long",
                PROOF,
            ),
            sign(
                "payload body request image images",
                r"\b(payload|body|request|images?)\b.{0,60}(too (large|big)|size|\d ?mb)",
                TOLD,
                given="told",
            ),
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
            sign("process", r"too large to process", STRONG),
            sign(
                "context", r"prompt .{0,40}\btokens?\b.{0,60}\bcontext (window|size|length)", STRONG
            ),
            sign("max_tokens", r"max_tokens must be at least 1, got -\d", PROOF),
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
                "context context_length_exceeded exceed_context_size",
                r"maximum context length|(exceed|longer|larger|greater|more|bigger|beyond|above)\w*"
                r".{0,50}context (length|size|window)|context[ _](length|size|window)[ _]?"
                r".{0,30}exceeded|exceed_context_size|context_length_exceeded",
                PROOF,
                unless="start_words",
            ),
            sign(
                "prompt input sequence tokens token exceed exceeds larger long longer",
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
                "position exceed index",
                r"index out of range in self|position_?embeddings?.{0,40}exceed",
                HINT,
            ),
            sign(
                "prompt context tokens input token",
                r"\b(prompt|input)\b.{0,60}too long|(context|tokens?)\b.{0,60}(limit|exceed|"
                r"too (long|many))",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.SERVING,
        sources=("https://huggingface.co/docs/text-generation-inference/reference/launcher",),
    ),
)
