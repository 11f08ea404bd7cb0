"""Images that the instance cannot run: no server, another CPU, another driver."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

IMAGE_AND_HOST: Final = (
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
            # The CPU does not know an instruction that the image was built for.
            sign("signal", r"signal ?:?( with)?( signal)? ?\(?4\b", LIKELY),
            sign("illegal sigill", r"\bsigill\b|\billegal instruction\b", STRONG),
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
                r"executable file not found|entrypoint .{0,60}(not found|no such|permission)",
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
                "platform architecture instead manifest mismatch support",
                r"(image|platform).{0,80}does not match .{0,60}(platform|architecture)|"
                r"no matching manifest for linux|unsupported (platform|architecture|manifest)|"
                r"manifest\b.{0,200}media type.{0,200}not supported|"
                r"(arm64|aarch64|amd64|x86_64).{0,60}(mismatch|instead of|not support)",
                STRONG,
            ),
            sign("training", r"training (image|container|toolkit)|sagemaker[-_]training", HINT),
            sign(
                "inference container image",
                r"(not|n't) (an? )?(inference|serving|hosting) (image|container)",
                STRONG,
            ),
            sign(
                "arm64 arm silicon training",
                r"\barm(64)?\b|apple silicon|training image",
                TOLD,
                given="told",
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
                "shared",
                # An optional library says "library load error" and is done without.
                r"(?<!load error: )\blib(cudart|cublas|cudnn)\S{0,20}: cannot open shared object",
                LIKELY,
            ),
            sign("initialized", r"system not yet initialized", STRONG),
            sign(
                "ggml_cuda_init initialize",
                r"ggml_cuda_init: failed|failed to initialize cuda\b",
                STRONG,
            ),
            sign(
                "unspecifiedplatform active",
                r"running on unspecifiedplatform|\b0 active driver\W{0,2}s?\W{0,2} found",
                HINT,
            ),
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
                "unsatisfied nvidia cuda compatibility 803 804 brand "
                "cuda_error_compat_not_supported_on_device "
                "cuda_error_system_driver_mismatch "
                "cuda_error_unsupported_ptx_version cudaerrorinsufficientdriver "
                "mismatch unsupported",
                r"unsatisfied condition|cuda ?>= ?[\d.]+\|\|brand=|"
                r"nvidia-container-cli: (requirement|initialization) error|"
                r"(cuda )?error 80[34]\b|forward compatibility was attempted|"
                r"unsupported (display )?driver|driver/library version mismatch|"
                r"system has unsupported display driver|cudaerrorinsufficientdriver|"
                r"cuda_error_(compat|system_driver|unsupported_ptx)\w*",
                PROOF,
            ),
            sign(
                "infer gpus select",
                r"failed to infer device type|no cuda gpus are available|"
                r"could not select device driver",
                LIKELY,
            ),
            sign(
                "libcuda libnvidia",
                r"lib(cuda|nvidia-ml)\.so(\.\d+)?: (cannot open|file too short|invalid elf)",
                STRONG,
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
            sign("driver", r"\bdriver\b.{0,60}(old|version|mismatch|not)", TOLD, given="told"),
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
