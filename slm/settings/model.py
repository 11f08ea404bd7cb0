"""Settings of the model and of the container that serves it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

S3_URL = r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+(\.tar\.gz|/))?$"
"""An archive or a prefix: the two forms that SageMaker loads."""

ECR_IMAGE = r"^(\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+[:@]\S+)?$"
"""With a tag or a digest: SageMaker takes images from ECR only."""

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,1023}$")]
VariableValue = Annotated[str, Field(max_length=1024)]


class ModelSettings(BaseModel):
    """Which weights, from where, on which model server."""

    hf_model_id: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$", max_length=200)] = (
        "NousResearch/Hermes-3-Llama-3.1-8B"
    )
    hf_model_revision: Annotated[str, Field(pattern=r"^[\w./-]*$", max_length=200)] = ""
    hf_token_secret: Annotated[str, Field(pattern=r"^[\w/+=.@:-]*$", max_length=512)] = ""
    hf_token_parameter: Annotated[str, Field(pattern=r"^[\w/.-]*$", max_length=1011)] = ""
    model_data_url: Annotated[str, Field(pattern=S3_URL, max_length=1024)] = ""
    served_model_name: Annotated[str, Field(max_length=200)] = ""
    engine: Literal["tgi", "vllm", "llama.cpp"] = "tgi"
    image_uri: Annotated[str, Field(pattern=ECR_IMAGE, max_length=255)] = ""
    quantize: str = "bitsandbytes-nf4"
    gguf_file: str = ""
    max_input_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 3584
    max_total_tokens: Annotated[int, Field(ge=2, le=1_000_000)] = 4096
    container_environment: dict[VariableName, VariableValue] = {}
