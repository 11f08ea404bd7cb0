"""The start of the container: too slow, or no answer to the ping."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, STRONG, TOLD, TRACE, Cause, Phase, Rank, sign

_PROXY_WORDS: Final = "ping connect upstream upstreams"
_PROXY: Final = (
    r"/ping\b[^\n]{0,60}?\b50[24]\b|connect\(\) (to \S{1,200} )?failed|no live upstreams?|"
    r"upstream (prematurely|timed out).{0,300}/ping"
)
"""What a proxy writes of a server behind it that does not answer."""

_PING_503: Final = r"/ping\b[^\n]{0,60}?\b503\b"
_OTHER_PORT: Final = r"(running|listening|serving) (on|at)\b.{0,60}(:|port )(?!8080\b)\d{2,5}\b"

_OTHER_REASON: Final = "exception_seen still_loading signal_seen ping_good"

START: Final = (
    Cause(
        id="startup_health_timeout",
        title="The model was still loading when SageMaker's time for the health check ended.",
        explanation=(
            "The log shows progress and no error: a large download, weights read from a slow disk, "
            "a compilation, the capture of CUDA graphs."
        ),
        against="Any error line: then more time does not help.",
        fix=(
            "`container_startup_timeout_s = 3600` in `slm.toml`. Faster: the model in S3 "
            "(`slm upload-model`), or an instance with a local disk."
        ),
        signatures=(
            sign("loading", r"message\W{1,6}loading model\b", LIKELY),
            sign("modelnotreadyexception", r"modelnotreadyexception", LIKELY),
            sign(
                "waiting downloading loading starting fetching compiling downloaded download "
                "retrieving",
                r"waiting for (the )?shard|download(ing|ed) .{0,80}(\.safetensors|\.bin|\.gguf|"
                r"\d+%|eta)|loading (checkpoint|safetensors|pt checkpoint)\b.{0,40}shards|"
                r"fetching \d+ files|compiling|download(ed)? \[\d+/\d+\]|starting to load|"
                r"starting (the )?(check and )?download",
                0.45,
                unless="serving in_service creating exception_seen",
            ),
            sign(
                "waiting capturing compile compiling compiled compilation convert "
                "converting neuron weights warming neuronx weight",
                r"waiting for (application startup|the model|engine|server)|capturing (the model|"
                r"cuda graph)|(torch\.compile|compilation|compil\w+)\b.{0,60}(takes?|took|start|"
                r"graph|"
                r"model|neff|progress)|neuronx?-cc|convert(ing|: \[)|loading (model )?weights|"
                r"weights? (are )?(being )?load",
                0.4,
                unless="serving in_service creating exception_seen",
            ),
            sign(
                "waiter maximum max attempts wait waited",
                r"waiter .{0,60}(failed|max attempts)|max attempts exceeded",
                HINT,
            ),
            sign(
                "timeout timed time",
                r"(health[ _-]?check|model[ _]?load\w*|load(ing)?[ _]model|container[ _]startup|"
                r"model[ _]server|worker|startup|start-up|initiali[sz]ation|deploy\w*|endpoint "
                r"creation|creat\w+ (the )?endpoint|download\w*)\b.{0,80}(time[d]?[ -]?out)|"
                r"(time[d]?[ -]?out).{0,80}(health[ _-]?check|model load|load\w* (the )?model|"
                r"container (to )?start|startup|server to start|model server)",
                LIKELY,
            ),
            sign(
                "endpoint deploy deployment model container server shard loading shards",
                r"\b(endpoint|deploy\w*|model|container|server|shards?|"
                r"loading)\b.{0,80}(time[sd]?[- ]?out"
                r"|too (slow|long)|never (start|come|finish|becom)\w*|hangs?\b|hung\b|stuck)",
                0.35,
                unless="serving creating request",
            ),
            sign(
                "creating",
                r"creating\b.{0,60}(minutes|min\b|hour|long|forever)|(minutes|min\b|hours?|long|"
                r"forever).{0,60}\bcreating\b",
                HINT,
            ),
            sign(
                "ping",
                r"(not|n't) pass the ping health check",
                STRONG,
                given="still_loading",
                unless="serving exception_seen",
            ),
            sign(
                "ping",
                r"(not|n't) pass the ping health check",
                0.45,
                unless="custom_container other_server exception_seen",
            ),
            sign("ping", r"(not|n't) pass the ping health check", TRACE),
            sign(
                "health",
                r"(?<!ping )health[ _-]?checks? (error|fail\w*)|"
                r"(fail\w*|(not|n't) pass) .{0,20}(?<!ping )health[ _-]?check",
                HINT,
            ),
            sign(
                "ping health",
                r"ping health check.{0,80}(time|timed) ?out|health check timed out",
                STRONG,
            ),
            sign(
                "timeout timed minutes seconds time startup healthy ready "
                "compilation compile compiled compiling download downloading "
                "downloads loading start",
                r"(model|container|server|endpoint).{0,60}(not|n't|never|"
                r"fail\w* to)\b.{0,20}(ready|"
                r"start\w*|load\w*|healthy) (with)?in|startup.{0,20}(timed out|timeout|time-out)|"
                r"(loading|download\w*|compil\w+|start\w*).{0,60}(takes|took|longer|too long|"
                r"more than) .{0,30}(minutes|min\b|seconds|timeout|limit|window)",
                LIKELY,
            ),
            sign(
                "still while",
                r"still (load|download|compil|warm|start|captur|creat)\w*",
                LIKELY,
                unless="serving creating",
            ),
            sign(
                "timeouterror timed engine",
                r"engine (core )?.{0,60}(did not start|timed out|not ready)|"
                r"timed out waiting for .{0,40}(engine|server|model|shard|worker)",
                LIKELY,
            ),
            sign(
                "killed terminated sigterm term signal",
                r"(received|handling|caught) .{0,20}(signal:? ?)?(sigterm|term\b|signal 15)",
                HINT,
                given="still_loading",
                unless="serving",
            ),
            sign(
                "health load loading warmup startup start download downloading "
                "compile compilation warm",
                r"(health check|start-?up|load\w*|warm-?up|compil\w+|"
                r"download\w*)\b.{0,80}(time[sd]? ?-?out|too long|longer|slow|stuck)",
                TOLD,
                given="told",
            ),
        ),
        rank=Rank.CONSEQUENCE,
        contradicted_by={"serving": 0.3},
        phase=Phase.START,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
        ),
    ),
    Cause(
        id="custom_container_ping_broken",
        title="The container runs, but answers `GET /ping` on port 8080 wrongly, or not at all.",
        explanation=(
            "SageMaker asks `GET /ping` on port 8080 and wants a 200 within two seconds. A 4xx or "
            "5xx, a server on another port or on 127.0.0.1 only, or a proxy before a server that "
            "died, count as broken."
        ),
        against="The image is one of the deep learning containers and the log has an error.",
        fix=(
            "Let the container listen on 0.0.0.0:8080 and answer `GET /ping` with 200 as soon as "
            "the model is loaded. Try it: `docker run -p 8080:8080 IMAGE serve`, then "
            "`curl -i localhost:8080/ping`. Without an image of your own, empty `image_uri`."
        ),
        signatures=(
            sign("ping", r"/ping\b[^\n]{0,60}?\b(4\d\d|50[01])\b", STRONG),
            # A server that still loads says so, and one that died leaves its proxy to say it.
            sign(_PROXY_WORDS, _PROXY, STRONG, given="ping_failed", unless=_OTHER_REASON),
            sign(_PROXY_WORDS, _PROXY, LIKELY, unless=_OTHER_REASON),
            sign(_PROXY_WORDS, _PROXY, HINT, unless="ping_good"),
            sign(
                "ping",
                _PING_503,
                LIKELY,
                given="ping_failed",
                unless="exception_seen still_loading",
            ),
            sign("ping", _PING_503, TRACE, unless="ping_good"),
            sign(
                "ping",
                r"/ping.{0,80}(refused|not found|timed out|error|fail)",
                STRONG,
                unless=_OTHER_REASON,
            ),
            sign(
                "running listening serving started",
                r"(running|listening|serving|server started) (on|at)\b.{0,30}"
                r"(127\.0\.0\.1|localhost)",
                LIKELY,
                given="ping_failed",
            ),
            sign(
                "running listening serving",
                _OTHER_PORT,
                LIKELY,
                given="ping_failed",
            ),
            sign(
                "running listening serving",
                _OTHER_PORT,
                HINT,
                given="custom_container",
            ),
            sign("handling", r"handling signal: term", HINT, given="ping_failed"),
            sign(
                "worker boot haltserver workers",
                r"worker failed to boot|workers? (has|have) died|haltserver",
                LIKELY,
            ),
            # Under a request it is rather memory that killed the worker.
            sign(
                "worker",
                r"\bworker (process )?died|worker disconnected",
                LIKELY,
                unless="request traffic",
            ),
            sign("address", r"address already in use", HINT),
            sign(
                "modulenotfounderror importerror",
                r"(modulenotfounderror|importerror): ",
                HINT,
                given="custom_container",
            ),
            sign(
                "modulenotfounderror importerror",
                r"(modulenotfounderror|importerror): ",
                HINT,
                given="ping_failed other_server",
            ),
            sign(
                "ping",
                r"(not|n't) pass the ping health check",
                LIKELY,
                given="custom_container",
                unless="still_loading",
            ),
            sign("ping", r"(not|n't) pass the ping health check", HINT, given="custom_container"),
            sign("ping", r"(not|n't) pass the ping health check", HINT, given="other_server"),
            sign("ping port", r"/ping\b|wrong port", TOLD, given="told"),
        ),
        phase=Phase.SERVING,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
        ),
    ),
)
