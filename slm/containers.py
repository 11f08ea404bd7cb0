"""What runs in the endpoint: each engine's image, its host and its environment variables.

Sources: aws/deep-learning-containers (image tags, ``scripts/docker/*/sagemaker_entrypoint.sh``,
``test/test_utils/constants.py`` for the AMI that fits an image's CUDA; read 2026-11-24),
huggingface/text-generation-inference v3.3.6 (``launcher/src/main.rs``), vLLM's page "Usage Stats
Collection".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from slm.instances import Hardware, UnsupportedInstance, find, gpu_count, hardware_of
from slm.limits import CONTAINER_MAX_CONCURRENT_REQUESTS, LAMBDA_MAX_EVENT_BYTES

MODEL_FOLDER: Final = "/opt/ml/model"
"""Where SageMaker puts what it loads from S3 (SageMaker AI guide, "Custom Inference Code with
Hosting Services", 2026-11-24)."""

TOKEN_VARIABLE: Final = "HF_TOKEN"  # noqa: S105 (a name)
"""What all three engines read the Hub's token from (huggingface_hub, environment variables;
llama-server ``--hf-token``)."""

_NO_USAGE_REPORTS: Final = {"OPT_OUT_TRACKING": "true"}
"""The images report their start to AWS (aws/deep-learning-containers,
``docs/security/logging-and-monitoring.md``), two of the servers to their makers as well. None of
ours tells anybody that it runs."""


@dataclass(frozen=True)
class ModelSpec:
    """What a container is told about the model it serves.

    Attributes:
        hf_model_id: Hugging Face Hub repository.
        served_model_name: Name under which clients ask for it.
        quantize: Quantization method, in the engine's own word; empty for none.
        gguf_file: File inside a GGUF repository (llama.cpp only); empty otherwise.
        max_input_tokens: Longest prompt, in tokens.
        max_total_tokens: Longest prompt and answer together, in tokens.
        hf_model_revision: Branch, tag or commit; empty for the main branch.
        in_s3: Whether SageMaker loads the weights from S3 before the container starts.
    """

    hf_model_id: str
    served_model_name: str
    quantize: str
    gguf_file: str
    max_input_tokens: int
    max_total_tokens: int
    hf_model_revision: str = ""
    in_s3: bool = False

    @property
    def source(self) -> str:
        """Where the model server finds the model: a folder, or its Hub id."""
        return MODEL_FOLDER if self.in_s3 else self.hf_model_id


@dataclass(frozen=True)
class Image:
    """A container image in the AWS Deep Learning Containers registry.

    The registry's account differs by region; the construct fills it in.

    Attributes:
        repository: Repository.
        tag: Tag.
        inference_ami: Host AMI whose driver fits the image's CUDA; None for the one that
            SageMaker chooses.
    """

    repository: str
    tag: str
    inference_ami: str | None = None


@dataclass(frozen=True, kw_only=True)
class Container:
    """An engine's container.

    Attributes:
        engine: Name of the engine, for messages.
        images: Hardware -> image.
        environment_for: Environment variables for a model on this many GPUs; 0 is a CPU
            instance.
        max_compute_capability: Newest generation of GPUs the image has kernels for; None if
            it has them for all.
    """

    engine: str
    images: Mapping[Hardware, Image]
    environment_for: Callable[[ModelSpec, int], dict[str, str]]
    max_compute_capability: float | None = None

    def image(self, instance_type: str) -> Image:
        """The image for an instance.

        Raises:
            UnsupportedInstance: The type is unknown, or there is no image for its hardware.
        """
        hardware = hardware_of(instance_type)
        if hardware not in self.images:
            raise UnsupportedInstance(
                f'instance_type = "{instance_type}": engine {self.engine} does not run on '
                f"{hardware.value}. It runs on: {', '.join(h.value for h in self.images)}."
            )
        if hardware is Hardware.CUDA and self.max_compute_capability is not None:
            gpu = find(instance_type)
            if (gpu.compute_capability or 0) > self.max_compute_capability:
                raise UnsupportedInstance(
                    f'instance_type = "{instance_type}": engine {self.engine} has no kernels for '
                    f"{gpu.gpu_name} (compute capability {gpu.compute_capability}). "
                    "Take an older GPU or another engine."
                )
        return self.images[hardware]

    def environment(self, model: ModelSpec, instance_type: str) -> dict[str, str]:
        """The environment variables.

        Raises:
            UnsupportedInstance: See ``image``.
        """
        self.image(instance_type)
        return self.environment_for(model, gpu_count(instance_type))

    def variables(self) -> frozenset[str]:
        """Every variable that the template may set, whatever the model and its settings."""
        plain = ModelSpec("id", "name", "method", "file", 1, 2)
        pinned = replace(plain, hf_model_revision="revision")
        return frozenset(
            name
            for model in (plain, pinned, replace(plain, in_s3=True))
            for name in (*self.environment_for(model, 1), TOKEN_VARIABLE)
        )


# --- TGI -------------------------------------------------------------------------

TGI_MAX_TOP_LOGPROBS: Final = 20
"""The OpenAI API's limit; TGI's own default is 5."""

TGI_LOG_LEVEL: Final = "info,text_generation_router::chat=warn,text_generation_router::server=warn"
"""At info these two modules log answers, while they look for a tool call in them, and each
request's schema and stop sequences (``router/src/chat.rs``, ``server.rs``)."""


def _tgi_environment(model: ModelSpec, gpus: int) -> dict[str, str]:
    environment = {
        "HF_MODEL_ID": model.source,
        "SM_NUM_GPUS": str(gpus),
        "MAX_INPUT_TOKENS": str(model.max_input_tokens),
        "MAX_TOTAL_TOKENS": str(model.max_total_tokens),
        "MAX_CONCURRENT_REQUESTS": str(CONTAINER_MAX_CONCURRENT_REQUESTS),
        "MAX_TOP_N_TOKENS": str(TGI_MAX_TOP_LOGPROBS),
        # Its own default, 2 MB, is below what the gateway takes.
        "PAYLOAD_LIMIT": str(LAMBDA_MAX_EVENT_BYTES),
        "LOG_LEVEL": TGI_LOG_LEVEL,
        # It would report its flags and hardware to the Hub, every 15 minutes.
        "USAGE_STATS": "off",
        **_NO_USAGE_REPORTS,
    }
    if model.quantize:
        environment["QUANTIZE"] = model.quantize
    if model.hf_model_revision:
        environment["HF_MODEL_REVISION"] = model.hf_model_revision
    return environment


TGI_CONTAINER: Final = Container(
    engine="tgi",
    images={
        Hardware.CUDA: Image(
            "huggingface-pytorch-tgi-inference", "2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04"
        )
    },
    environment_for=_tgi_environment,
    # On 12.0 it stops at the warm-up, "no kernel image" (text-generation-inference#3342).
    max_compute_capability=9.0,
)


# --- vLLM: SM_VLLM_X_Y becomes the flag --x-y; "true" a flag without a value -----


def _vllm_environment(model: ModelSpec, gpus: int) -> dict[str, str]:
    environment = {
        "SM_VLLM_MODEL": model.source,
        "SM_VLLM_SERVED_MODEL_NAME": model.served_model_name,
        "SM_VLLM_TENSOR_PARALLEL_SIZE": str(gpus),
        "SM_VLLM_MAX_MODEL_LEN": str(model.max_total_tokens),
        "SM_VLLM_NO_ENABLE_LOG_REQUESTS": "true",
        # It would report its flags, model and hardware to its makers.
        "VLLM_NO_USAGE_STATS": "1",
        **_NO_USAGE_REPORTS,
    }
    if model.quantize:
        environment["SM_VLLM_QUANTIZATION"] = model.quantize
    if model.hf_model_revision:
        environment["SM_VLLM_REVISION"] = model.hf_model_revision
    return environment


VLLM_CONTAINER: Final = Container(
    engine="vllm",
    images={
        # CUDA 12.9: driver 550. The line v2 is CUDA 13 and needs the AMI of llama.cpp.
        Hardware.CUDA: Image(
            "vllm", "server-sagemaker-cuda-v1", "al2-ami-sagemaker-inference-gpu-3-1"
        )
    },
    environment_for=_vllm_environment,
)


# --- llama.cpp: SM_LLAMA_CPP_X_Y becomes the flag --x-y ---------------------------

LLAMA_CPP_SLOTS: Final = 4
"""Requests answered at the same time, and the most that ``n`` may be; the server's default."""

_CACHE_RAM_MIB: Final = 1024
"""Main memory for prompts seen before; the server's default, 8 GiB, is half of what a
``ml.c6i.2xlarge`` has."""


def _llama_cpp_environment(model: ModelSpec, gpus: int) -> dict[str, str]:
    environment = {
        "SM_LLAMA_CPP_ALIAS": model.served_model_name,
        "SM_LLAMA_CPP_PARALLEL": str(LLAMA_CPP_SLOTS),
        # The server divides its context by its slots.
        "SM_LLAMA_CPP_CTX_SIZE": str(model.max_total_tokens * LLAMA_CPP_SLOTS),
        # A request holds a thread from start to end: without spare ones, SageMaker's health
        # check waits behind the requests, and the instance counts as broken.
        "SM_LLAMA_CPP_THREADS_HTTP": str(CONTAINER_MAX_CONCURRENT_REQUESTS + LLAMA_CPP_SLOTS),
        "SM_LLAMA_CPP_CACHE_RAM": str(_CACHE_RAM_MIB),
        # 3 is info; prompts are logged at debug only.
        "SM_LLAMA_CPP_LOG_VERBOSITY": "3",
        **_NO_USAGE_REPORTS,
    }
    if model.in_s3:
        environment["SM_LLAMA_CPP_MODEL"] = f"{MODEL_FOLDER}/{model.gguf_file}"
    elif model.hf_model_revision:
        # --hf-repo takes the main branch only.
        revision = quote(model.hf_model_revision, safe="")
        environment["SM_LLAMA_CPP_MODEL_URL"] = (
            f"https://huggingface.co/{model.hf_model_id}/resolve/{revision}/{model.gguf_file}"
        )
    else:
        environment["SM_LLAMA_CPP_HF_REPO"] = model.hf_model_id
        if model.gguf_file:
            environment["SM_LLAMA_CPP_HF_FILE"] = model.gguf_file
    if gpus:
        # More than any model has: all layers go to the GPUs.
        environment["SM_LLAMA_CPP_N_GPU_LAYERS"] = "999"
    return environment


LLAMA_CPP_CONTAINER: Final = Container(
    engine="llama.cpp",
    images={
        Hardware.X86: Image("llama-cpp", "server-sagemaker-cpu-v1"),
        # CUDA 13.0: driver 580.
        Hardware.CUDA: Image(
            "llama-cpp", "server-sagemaker-cuda-v1", "al2023-ami-sagemaker-inference-gpu-4-1"
        ),
        # Built for Neoverse V1: on Graviton2 it would stop at the first such instruction.
        Hardware.GRAVITON3: Image("llama-cpp-arm64", "server-sagemaker-cpu-v1"),
    },
    environment_for=_llama_cpp_environment,
)
