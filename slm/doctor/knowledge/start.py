"""The container starts, but SageMaker never sees it answer."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, Cause, Phase, Rank, sign

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
            sign(
                "waiting downloading loading starting fetching compiling downloaded download "
                "retrieving",
                r"waiting for (the )?shard|download(ing|ed) .{0,80}(\.safetensors|\.bin|\.gguf|"
                r"\d+%|eta)|loading (checkpoint|safetensors|pt checkpoint)\b.{0,40}shards|"
                r"fetching \d+ files|compiling|download(ed)? \[\d+/\d+\]|starting to load|"
                r"starting (the )?(check and )?download",
                0.45,
                unless="serving creating",
            ),
            sign(
                "waiting capturing compile compiling compiled compilation convert converting "
                "neuron "
                "weights warming",
                r"waiting for (application startup|the model|engine|server)|capturing (the model|"
                r"cuda graph)|(torch\.compile|compilation|compil\w+)\b.{0,60}(takes?|took|start|"
                r"graph|"
                r"model|neff|progress)|neuronx?-cc|convert(ing|: \[)|loading (model )?weights|"
                r"weights? (are )?(being )?load",
                0.4,
                unless="serving creating",
            ),
            sign(
                "waiter maximum max attempts wait waited",
                r"waiter .{0,60}(failed|max attempts)|max attempts exceeded",
                HINT,
            ),
            sign(
                "timeout timed",
                r"(health[ _-]?check|model[ _]?load\w*|load(ing)?[ _]model|container[ _]startup|"
                r"model[ _]server|worker|startup|start-up|initiali[sz]ation|deploy\w*|endpoint "
                r"creation|creat\w+ (the )?endpoint|download\w*)\b.{0,80}(time[d]?[ -]?out)|"
                r"(time[d]?[ -]?out).{0,80}(health[ _-]?check|model load|load\w* (the )?model|"
                r"container (to )?start|startup|server to start|model server)",
                LIKELY,
            ),
            sign(
                "endpoint deploy deployment model container server shard loading",
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
                unless="serving",
            ),
            sign("ping", r"(not|n't) pass the ping health check", 0.45),
            sign(
                "ping", r"ping health check.{0,80}(time|timed) ?out|health check timed out", STRONG
            ),
            sign(
                "timeout timed minutes seconds time startup",
                r"(model|container|server|endpoint).{0,60}(not|n't|never) .{0,20}(ready|start\w*|"
                r"load\w*|healthy) (with)?in|startup.{0,20}(timed out|timeout|time-out)|"
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
                "timeouterror timed",
                r"engine (core )?.{0,60}(did not start|timed out|not ready)|"
                r"timed out waiting for .{0,40}(engine|server|model|shard|worker)",
                LIKELY,
            ),
            sign(
                "killed terminated sigterm term",
                r"(received|handling|caught) .{0,20}(signal:? ?)?(sigterm|term\b|signal 15)",
                HINT,
                given="still_loading",
                unless="serving",
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
            sign("ping", r"/ping\b[^\n]{0,60}?\b(4\d\d|50\d)\b", STRONG),
            sign("ping", r"connect\(\) .{0,60}failed.{0,200}/ping", STRONG),
            sign(
                "upstream upstreams",
                r"(connect\(\) failed|no live upstreams?|upstream prematurely).{0,300}/ping|"
                r"(connect\(\) failed|no live upstreams?)",
                LIKELY,
            ),
            sign("ping", r"/ping.{0,80}(refused|not found|timed out|error|fail)", STRONG),
            sign(
                "running listening serving started",
                r"(running|listening|serving|server started) (on|at)\b.{0,30}"
                r"(127\.0\.0\.1|localhost)",
                LIKELY,
                given="ping_failed",
            ),
            sign(
                "running listening serving",
                r"(running|listening|serving) (on|at)\b.{0,60}(:|port )(?!8080\b)\d{2,5}\b",
                LIKELY,
                given="ping_failed",
            ),
            sign(
                "running listening serving",
                r"(running|listening|serving) (on|at)\b.{0,60}(:|port )(?!8080\b)\d{2,5}\b",
                HINT,
                given="custom_container",
            ),
            sign("handling", r"handling signal: term", HINT, given="ping_failed"),
            sign(
                "worker boot",
                r"worker failed to boot|workers? (has|have) died|haltserver",
                LIKELY,
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
            sign("ping", r"(not|n't) pass the ping health check", HINT, given="custom_container"),
            sign("ping", r"(not|n't) pass the ping health check", HINT, given="other_server"),
        ),
        phase=Phase.SERVING,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
        ),
    ),
    Cause(
        id="wrong_image_for_serving",
        title="The image cannot be started as a server on this instance.",
        explanation=(
            "SageMaker runs the image with the argument `serve`. A training image knows none, an "
            "image for another CPU architecture ends with an exec format error."
        ),
        against="The engine's own lines are in the log: then the image did start.",
        fix=(
            "Empty `image_uri` to get the engine's own image. With an image of your own: give it "
            "an "
            "executable `serve` in the PATH, and build it for the instance's CPU "
            "(`docker build --platform linux/amd64`)."
        ),
        signatures=(
            sign("exec", r"exec format error", PROOF),
            sign(
                "serve",
                r"\bserve\W{1,4}(: )?(executable file )?(not found|no such file|command not found)|"
                r"exec: .{0,10}serve|unrecognized arguments:? .{0,20}serve|"
                r"(invalid choice|unknown command|no such command):? .{0,10}serve|"
                r"no .{0,20}serve .{0,20}(executable|script|program|entry)",
                PROOF,
            ),
            sign(
                "executable entrypoint",
                r"executable file not found in|entrypoint .{0,60}(not found|no such|permission)",
                STRONG,
            ),
            sign("nginx", r"nginx\W{0,3}:? ?(command )?not found|no such file.{0,40}nginx", PROOF),
            sign("gunicorn", r"no such file.{0,40}gunicorn|gunicorn\W{0,3}:? ?not found", STRONG),
            sign("cannotstartcontainererror", r"cannotstartcontainererror", STRONG),
            sign(
                "container runc",
                r"unable to start container process|(not|n't) start(ed)? (the )?container|"
                r"failed to start (the )?container",
                LIKELY,
                unless="nvidia_hook",
            ),
            sign(
                "platform architecture",
                r"(image|platform).{0,80}does not match .{0,60}(platform|architecture)|"
                r"no matching manifest for linux|unsupported (platform|architecture|manifest)|"
                r"(arm64|aarch64|amd64|x86_64).{0,60}(mismatch|instead of|not support)",
                STRONG,
            ),
            sign("training", r"training (image|container|toolkit)|sagemaker[-_]training", LIKELY),
            sign(
                "inference",
                r"(not|n't) (an? )?(inference|serving|hosting) (image|container)",
                STRONG,
            ),
        ),
        contradicted_by={"nvidia_hook": 0.1},
        phase=Phase.START,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
        ),
    ),
    Cause(
        id="cuda_driver_mismatch_ami",
        title="The host's NVIDIA driver does not fit the CUDA of the image.",
        explanation=(
            "The host's image (AMI) brings the driver. Where the container needs a newer one, it "
            "dies before its first line: the endpoint stays in Creating and there is no log stream."
        ),
        against="The engine has loaded weights on the GPU: then the driver works.",
        fix=(
            "Empty `image_uri`: each engine's own image comes with the AMI that fits it. With an "
            "image of your own, choose one with an older CUDA."
        ),
        fix_for={
            "vllm": "vLLM's image needs `InferenceAmiVersion` al2-ami-sagemaker-inference-gpu-3-1.",
        },
        signatures=(
            sign(
                "driver", r"(cuda )?driver (version )?(is )?(insufficient|too old|outdated)", PROOF
            ),
            sign(
                "driver",
                r"nvidia driver .{0,60}(too old|update|upgrade)|(update|upgrade) your (gpu |"
                r"nvidia )?"
                r"driver",
                PROOF,
            ),
            sign(
                "unsatisfied nvidia cuda",
                r"unsatisfied condition|nvidia-container-cli: (requirement|initialization) error|"
                r"(cuda )?error 80[34]\b|forward compatibility was attempted|"
                r"unsupported (display )?driver|driver/library version mismatch|"
                r"system has unsupported display driver|cudaerrorinsufficientdriver|"
                r"cuda_error_(compat|system_driver|unsupported_ptx)\w*",
                PROOF,
            ),
            sign("nvidia", r"found no nvidia driver|no nvidia (gpu )?driver", LIKELY),
            sign("cuda", r"cuda (unknown error|initialization error|initialization:)", LIKELY),
            sign("ptx", r"(unsupported|provided) ptx|ptx .{0,40}unsupported toolchain", STRONG),
            sign(
                "ami inferenceamiversion",
                r"inference[ _-]?ami[ _-]?version|inference ami|al2-ami-sagemaker",
                LIKELY,
            ),
            sign(
                "stream streams logs log",
                r"no (log ?(group|stream)s?|logs?\b).{0,80}|(without|empty) (any )?(log|logs)\b|"
                r"logs? (stay|are|is|remain)s? empty|no (cloudwatch )?logs",
                LIKELY,
                given="creating_long",
            ),
            sign(
                "stream streams logs log",
                r"\bno (log ?(group|stream)s?|logs|cloudwatch logs?)\b|(without|empty) (a |any )?"
                r"(log|logs)\b",
                LIKELY,
                unless="ecr_missing",
            ),
            sign("creating", r"(stuck|hangs?|stays?|remains?|hung) .{0,30}creating", LIKELY),
        ),
        facts={"no_log_streams": 0.55},
        contradicted_by={"weights_loaded": 0.3, "serving": 0.2},
        phase=Phase.START,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html",
            "https://docs.nvidia.com/deploy/cuda-compatibility/",
        ),
    ),
)
