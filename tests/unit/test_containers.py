"""Images, hosts and environment variables of the containers."""

from typing import Any

import botocore.session
import pytest

from slm.containers import (
    LLAMA_CPP_CONTAINER,
    TGI_CONTAINER,
    VLLM_CONTAINER,
    Container,
    ModelSpec,
)
from slm.instances import UnsupportedInstance
from slm.limits import MAX_BODY_BYTES

CONTAINERS = (TGI_CONTAINER, VLLM_CONTAINER, LLAMA_CPP_CONTAINER)


def spec(**changes: Any) -> ModelSpec:
    fields: dict[str, Any] = {
        "hf_model_id": "acme/model",
        "served_model_name": "house-model",
        "quantize": "",
        "gguf_file": "",
        "max_input_tokens": 3584,
        "max_total_tokens": 4096,
    }
    return ModelSpec(**fields | changes)


@pytest.mark.parametrize(
    ("container", "instance_type", "repository", "tag", "ami"),
    [
        # huggingface.co/docs/sagemaker, list of Deep Learning Containers, "LLM TGI"
        (
            TGI_CONTAINER,
            "ml.g4dn.2xlarge",
            "huggingface-pytorch-tgi-inference",
            "2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04",
            None,
        ),
        # docs/src/data/vllm-server/0.19.1+amzn2023.6ef1efd5-gpu-sagemaker.yml (cu129);
        # test/test_utils/constants.py: CUDA 12.x takes the AMI with driver 550
        (
            VLLM_CONTAINER,
            "ml.g5.xlarge",
            "vllm",
            "server-sagemaker-cuda-v1",
            "al2-ami-sagemaker-inference-gpu-3-1",
        ),
        # .github/config/image/llama_cpp/sagemaker-gpu-amzn2023.yml: CUDA 13.0.2;
        # test/test_utils/constants.py: CUDA 13.x takes the AMI with driver 580
        (
            LLAMA_CPP_CONTAINER,
            "ml.g6.2xlarge",
            "llama-cpp",
            "server-sagemaker-cuda-v1",
            "al2023-ami-sagemaker-inference-gpu-4-1",
        ),
        # .github/config/image/llama_cpp/sagemaker-amzn2023.yml
        (LLAMA_CPP_CONTAINER, "ml.c6i.2xlarge", "llama-cpp", "server-sagemaker-cpu-v1", None),
        # .github/config/image/llama_cpp/sagemaker-arm64-amzn2023.yml
        (LLAMA_CPP_CONTAINER, "ml.c7g.2xlarge", "llama-cpp-arm64", "server-sagemaker-cpu-v1", None),
    ],
)
def test_image_and_host(
    container: Container, instance_type: str, repository: str, tag: str, ami: str | None
) -> None:
    image = container.image(instance_type)
    assert (image.repository, image.tag, image.inference_ami) == (repository, tag, ami)


def test_the_amis_are_ones_that_sagemaker_has() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.shape_for("ProductionVariantInferenceAmiVersion")
    ours = {image.inference_ami for c in CONTAINERS for image in c.images.values()}
    assert ours - {None} <= set(shape.enum)


@pytest.mark.parametrize("container", [TGI_CONTAINER, VLLM_CONTAINER], ids=["tgi", "vllm"])
@pytest.mark.parametrize("instance_type", ["ml.c6i.2xlarge", "ml.c7g.xlarge", "ml.inf2.xlarge"])
def test_tgi_and_vllm_need_an_nvidia_gpu(container: Container, instance_type: str) -> None:
    with pytest.raises(UnsupportedInstance) as caught:
        container.image(instance_type)
    assert f'instance_type = "{instance_type}"' in caught.value.message
    assert f"engine {container.engine} does not run on" in caught.value.message
    assert "It runs on: NVIDIA GPU." in caught.value.message


def test_the_arm_image_is_built_for_graviton3() -> None:
    """docker/llama_cpp/Dockerfile.arm64: -mcpu=neoverse-v1."""
    with pytest.raises(UnsupportedInstance, match=r"llama\.cpp does not run on Graviton2 CPU"):
        LLAMA_CPP_CONTAINER.image("ml.c6g.2xlarge")


@pytest.mark.parametrize("instance_type", ["ml.g7e.2xlarge", "ml.g7.2xlarge"])
def test_tgi_has_no_kernels_for_blackwell(instance_type: str) -> None:
    """huggingface/text-generation-inference#3342; the other two are built for 12.0."""
    with pytest.raises(UnsupportedInstance, match=r"tgi has no kernels .*capability 12\.0"):
        TGI_CONTAINER.image(instance_type)
    assert VLLM_CONTAINER.image(instance_type)
    assert LLAMA_CPP_CONTAINER.image(instance_type)


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda c: str(c.engine))
def test_no_environment_for_an_instance_that_cannot_run_it(container: Container) -> None:
    with pytest.raises(UnsupportedInstance):
        container.environment(spec(), "ml.inf2.xlarge")


def test_tgis_environment() -> None:
    """launcher/src/main.rs: every flag is a variable; sagemaker-entrypoint.sh: HF_MODEL_ID and
    SM_NUM_GPUS; docs/source/usage_statistics.md; logging-and-monitoring.md of the image.
    """
    environment = TGI_CONTAINER.environment(spec(quantize="bitsandbytes-nf4"), "ml.g5.12xlarge")
    assert environment == {
        "HF_MODEL_ID": "acme/model",
        "SM_NUM_GPUS": "4",
        "QUANTIZE": "bitsandbytes-nf4",
        "MAX_INPUT_TOKENS": "3584",
        "MAX_TOTAL_TOKENS": "4096",
        "MAX_CONCURRENT_REQUESTS": "128",
        "MAX_TOP_N_TOKENS": "20",
        "PAYLOAD_LIMIT": "6291456",
        "LOG_LEVEL": "info,text_generation_router::chat=warn,text_generation_router::server=warn",
        "USAGE_STATS": "off",
        "OPT_OUT_TRACKING": "true",
    }


def test_tgi_takes_a_body_of_the_size_that_the_gateway_takes() -> None:
    environment = TGI_CONTAINER.environment(spec(), "ml.g5.xlarge")
    assert int(environment["PAYLOAD_LIMIT"]) > MAX_BODY_BYTES


def test_vllms_environment() -> None:
    """docs/vllm/configuration.md: SM_VLLM_X_Y is --x-y; "true" is a flag without a value.
    docs.vllm.ai, "Usage Stats Collection": VLLM_NO_USAGE_STATS.
    """
    environment = VLLM_CONTAINER.environment(spec(quantize="bitsandbytes"), "ml.g6.12xlarge")
    assert environment == {
        "SM_VLLM_MODEL": "acme/model",
        "SM_VLLM_SERVED_MODEL_NAME": "house-model",
        "SM_VLLM_TENSOR_PARALLEL_SIZE": "4",
        "SM_VLLM_MAX_MODEL_LEN": "4096",
        "SM_VLLM_QUANTIZATION": "bitsandbytes",
        "SM_VLLM_NO_ENABLE_LOG_REQUESTS": "true",
        "VLLM_NO_USAGE_STATS": "1",
        "OPT_OUT_TRACKING": "true",
    }


def test_llama_cpps_environment_on_a_cpu() -> None:
    """scripts/docker/llama_cpp/sagemaker_entrypoint.sh: SM_LLAMA_CPP_X_Y is --x-y."""
    model = spec(hf_model_id="acme/model-GGUF", gguf_file="model-q4_k_m.gguf")
    assert LLAMA_CPP_CONTAINER.environment(model, "ml.c6i.2xlarge") == {
        "SM_LLAMA_CPP_HF_REPO": "acme/model-GGUF",
        "SM_LLAMA_CPP_HF_FILE": "model-q4_k_m.gguf",
        "SM_LLAMA_CPP_ALIAS": "house-model",
        "SM_LLAMA_CPP_PARALLEL": "4",
        "SM_LLAMA_CPP_CTX_SIZE": "16384",  # 4096 for each of the four slots
        "SM_LLAMA_CPP_THREADS_HTTP": "132",
        "SM_LLAMA_CPP_CACHE_RAM": "1024",
        "SM_LLAMA_CPP_LOG_VERBOSITY": "3",
        "OPT_OUT_TRACKING": "true",
    }


def test_llama_cpp_puts_all_layers_on_a_gpu() -> None:
    """docs/llama-cpp/deployment/sagemaker.md, GPU image."""
    environment = LLAMA_CPP_CONTAINER.environment(spec(), "ml.g5.xlarge")
    assert environment["SM_LLAMA_CPP_N_GPU_LAYERS"] == "999"


@pytest.mark.parametrize(
    ("container", "instance_type", "variable"),
    [
        (TGI_CONTAINER, "ml.g5.xlarge", "QUANTIZE"),
        (VLLM_CONTAINER, "ml.g5.xlarge", "SM_VLLM_QUANTIZATION"),
        (LLAMA_CPP_CONTAINER, "ml.c6i.xlarge", "SM_LLAMA_CPP_HF_FILE"),
    ],
)
def test_what_is_not_set_is_not_in_the_environment(
    container: Container, instance_type: str, variable: str
) -> None:
    assert variable not in container.environment(spec(), instance_type)
    assert all(container.environment(spec(), instance_type).values())


@pytest.mark.parametrize(
    ("container", "variable"),
    [
        (TGI_CONTAINER, "HF_MODEL_REVISION"),  # sagemaker-entrypoint.sh: becomes REVISION
        (VLLM_CONTAINER, "SM_VLLM_REVISION"),  # vllm/config/model.py: the tokenizer's too
    ],
    ids=["tgi", "vllm"],
)
def test_the_revision_is_pinned_where_the_server_can(container: Container, variable: str) -> None:
    model = spec(hf_model_revision="refs/pr/7")
    assert container.environment(model, "ml.g5.xlarge")[variable] == "refs/pr/7"
    assert variable not in container.environment(spec(), "ml.g5.xlarge")


def test_llama_cpp_takes_a_pinned_file_by_its_address() -> None:
    """tools/server/README.md: --model-url; huggingface.co/docs/hub, the form of file addresses."""
    model = spec(hf_model_id="acme/model-GGUF", gguf_file="q4.gguf", hf_model_revision="refs/pr/7")
    environment = LLAMA_CPP_CONTAINER.environment(model, "ml.c6i.2xlarge")
    assert environment["SM_LLAMA_CPP_MODEL_URL"] == (
        "https://huggingface.co/acme/model-GGUF/resolve/refs%2Fpr%2F7/q4.gguf"
    )
    assert not {"SM_LLAMA_CPP_HF_REPO", "SM_LLAMA_CPP_HF_FILE"} & set(environment)


@pytest.mark.parametrize(
    ("container", "variable", "value"),
    [
        # server/text_generation_server/cli.py: is_local_model
        (TGI_CONTAINER, "HF_MODEL_ID", "/opt/ml/model"),
        # docs/vllm/deployment/sagemaker.md, "Specifying the Model"
        (VLLM_CONTAINER, "SM_VLLM_MODEL", "/opt/ml/model"),
        # scripts/docker/llama_cpp/sagemaker_entrypoint.sh: --model
        (LLAMA_CPP_CONTAINER, "SM_LLAMA_CPP_MODEL", "/opt/ml/model/q4.gguf"),
    ],
    ids=["tgi", "vllm", "llama.cpp"],
)
def test_what_sagemaker_loads_from_s3_is_a_folder(
    container: Container, variable: str, value: str
) -> None:
    environment = container.environment(spec(in_s3=True, gguf_file="q4.gguf"), "ml.g5.xlarge")
    assert environment[variable] == value
    assert "acme/model" not in environment.values()


@pytest.mark.parametrize(
    ("container", "variable"),
    [(TGI_CONTAINER, "SM_NUM_GPUS"), (VLLM_CONTAINER, "SM_VLLM_TENSOR_PARALLEL_SIZE")],
    ids=["tgi", "vllm"],
)
@pytest.mark.parametrize(
    ("instance_type", "gpus"),
    [("ml.g4dn.2xlarge", "1"), ("ml.g5.12xlarge", "4"), ("ml.g5.48xlarge", "8")],
)
def test_the_model_is_split_over_all_gpus(
    container: Container, variable: str, instance_type: str, gpus: str
) -> None:
    assert container.environment(spec(), instance_type)[variable] == gpus


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda c: str(c.engine))
def test_the_variables_are_all_that_the_template_may_set(container: Container) -> None:
    models = [
        spec(),
        spec(quantize="x", gguf_file="z"),
        spec(hf_model_revision="y", gguf_file="z"),
        spec(in_s3=True, gguf_file="z"),
    ]
    used = {name for model in models for name in container.environment(model, "ml.g5.xlarge")}
    assert container.variables() == used | {"HF_TOKEN"}
