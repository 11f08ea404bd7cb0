"""Our own examples of what each cause writes, and of healthy logs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

HEALTHY_TGI: Final = """\
INFO text_generation_launcher: Args { model_id: "org/model", trust_remote_code: false }
INFO text_generation_launcher: Sharding model on 1 processes
INFO download: text_generation_launcher: Download file: model-00001-of-00002.safetensors
WARN text_generation_launcher: Could not import Flash Attention: CUDA capability 7 5 not supported
INFO shard-manager: text_generation_launcher: Waiting for shard to be ready... rank=0
INFO shard-manager: text_generation_launcher: Shard ready in 10.0s rank=0
WARN text_generation_router: Could not find a fast tokenizer implementation for org/model
INFO text_generation_router: Warming up model
INFO text_generation_router: Connected
INFO compat_generate{total_time="429ms"}: text_generation_router::server: Success
"""

HEALTHY_VLLM: Final = """\
INFO 11-03 10:00:01 api_server.py:100] vLLM API server version 0.6.3
INFO 11-03 10:00:03 selector.py:116] Cannot use FlashAttention-2 backend for Turing GPUs.
WARNING 11-03 10:00:03 config.py:300] Casting torch.bfloat16 to torch.float16.
INFO 11-03 10:00:10 model_runner.py:1025] Loading model weights took 7.0 GB
INFO 11-03 10:00:21 model_runner.py:1400] Capturing the model for CUDA graphs.
INFO:     Application startup complete.
INFO:     Uvicorn running on http://0.0.0.0:8080
INFO:     10.32.0.2:40000 - "GET /ping HTTP/1.1" 200 OK
INFO:     10.32.0.2:40000 - "POST /invocations HTTP/1.1" 200 OK
"""

HEALTHY_FUNCTION: Final = """\
START RequestId: 1 Version: $LATEST
END RequestId: 1
REPORT RequestId: 1 Duration: 429.13 ms Billed Duration: 430 ms Memory Size: 413 MB
"""

HEALTHY: Final = (HEALTHY_TGI, HEALTHY_VLLM, HEALTHY_FUNCTION, "", "\n\n", "{}", "[]")

EXAMPLES: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "gpu_oom_weights": [
        {"log_lines": ["  in load_model", "torch.OutOfMemoryError: CUDA out of memory."]},
        {"log_lines": ["llama_model_load: error loading model: unable to allocate CUDA0 buffer"]},
    ],
    "gpu_oom_kv_cache_warmup": [
        {"log_lines": ["Warming up model", "CUDA out of memory. Tried to allocate 2 GiB"]},
        {"log_lines": ["ValueError: No available memory for the cache blocks."]},
    ],
    "gpu_oom_runtime": [
        {"log_lines": ["INFO: Application startup complete.", "CUDA out of memory."]},
    ],
    "host_oom": [
        {"log_lines": ["Shard process was signaled to shutdown with signal 9"]},
        {"failure_reason": "Ping failed due to insufficient memory."},
    ],
    "disk_full": [{"log_lines": ["OSError: [Errno 28] No space left on device"]}],
    "shm_too_small": [{"log_lines": ["Worker was terminated with signal 7 (SIGBUS)"]}],
    "gated_model_no_token": [{"log_lines": ["Cannot access gated repo for url X."]}],
    "model_not_found": [
        {"log_lines": ["404 Client Error: Not Found for url: https://huggingface.co/a/b"]},
    ],
    "hub_download_timeout_or_no_egress": [
        {"log_lines": ["[Errno -3] Temporary failure in name resolution"]},
    ],
    "startup_health_timeout": [
        {
            "failure_reason": "The container did not pass the ping health check.",
            "log_lines": ["Waiting for shard to be ready... rank=0"],
        },
    ],
    "custom_container_ping_broken": [{"log_lines": ['"GET /ping HTTP/1.1" 404 9']}],
    "wrong_image_for_serving": [{"log_lines": ["exec /usr/bin/serve: exec format error"]}],
    "cuda_driver_mismatch_ami": [
        {"log_lines": ["nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13"]},
    ],
    "unsupported_architecture": [
        {"log_lines": ["ValueError: Model architectures ['XForCausalLM'] are not supported"]},
    ],
    "trust_remote_code_required": [
        {"log_lines": ["please pass the argument `trust_remote_code=True` to allow custom code"]},
    ],
    "tokenizer_or_chat_template_missing": [
        {"http": '{"error": "Template error: template not found"}'},
    ],
    "safetensors_conversion_failure": [
        {"log_lines": ["safetensors_rust.SafetensorError: Error while deserializing header"]},
    ],
    "quantization_unsupported_on_gpu": [
        {"log_lines": ["Bfloat16 is only supported on GPUs with compute capability of 8.0"]},
    ],
    "bad_env_config": [
        {"log_lines": ["`max_input_tokens` must be < `max_total_tokens`"]},
        {"log_lines": ["error: unexpected argument '--max-inputs' found"]},
    ],
    "wrong_num_shard": [{"log_lines": ["attention heads (40) must be divisible by 6"]}],
    "s3_model_artifact_layout": [{"failure_reason": "Could not find model data at s3://b/k."}],
    "image_not_found_ecr": [{"failure_reason": "Requested image x/y:z not found."}],
    "image_wrong_region": [{"failure_reason": "Cross region ECR image pulls are not allowed."}],
    "role_missing_permission": [{"cfn_reason": "X is not authorized to perform: iam:PassRole"}],
    "expired_sso_credentials": [{"log_lines": ["Token has expired and refresh failed"]}],
    "instance_quota_zero": [
        {"cfn_reason": "The account-level service limit 'ml.g5.xlarge for endpoint usage' is 0"},
    ],
    "insufficient_capacity": [{"failure_reason": "InsufficientInstanceCapacity"}],
    "cdk_not_bootstrapped": [{"log_lines": ["Has the environment been bootstrapped?"]}],
    "endpoint_name_or_config_exists": [{"cfn_reason": "Cannot create already existing endpoint"}],
    "endpoint_update_rolled_back": [
        {"context": {"status": "the endpoint is InService with the old configuration"}},
    ],
    "cfn_rollback_stuck": [
        {"cfn_reason": "Stack:x is in ROLLBACK_COMPLETE state and can not be updated."},
    ],
    "apigw_cloudwatch_role_missing": [
        {"cfn_reason": "CloudWatch Logs role ARN must be set in account settings"},
    ],
    "apigw_29s_timeout": [{"http": '504 {"message": "Endpoint request timed out"}'}],
    "sagemaker_60s_timeout": [{"http": "Received server error (0) from model"}],
    "lambda_timeout": [{"http": "Task timed out after 3.00 seconds"}],
    "api_key_not_in_usage_plan": [{"http": '403 {"message": "Forbidden"}'}],
    "throttled_429": [{"http": '429 {"message": "Too Many Requests"}'}],
    "payload_too_large": [{"http": '413 {"message": "Request Entity Too Large"}'}],
    "request_token_limit": [{"http": "This model's maximum context length is 4096 tokens."}],
    "cfn_opaque_event": [{"cfn_reason": "Request to service failed. Contact customer support."}],
}
