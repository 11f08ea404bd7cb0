"""Our own examples of what each cause writes, and of healthy logs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

HEALTHY_TGI: Final = """\
INFO text_generation_launcher: Args { model_id: "org/model", trust_remote_code: false }
INFO hf_hub: Using token file found "/x/.cache/huggingface/token"
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

HEALTHY_SHARDS: Final = """\
INFO text_generation_launcher: Args {
    model_id: "org/model",
    quantize: None,
    trust_remote_code: false,
    max_total_tokens: Some(4096),
    payload_limit: 2000000,
}
WARN text_generation_launcher: Unkown compute for card nvidia-a10g
INFO text_generation_launcher: Sharding model on 4 processes
WARN text_generation_launcher: No safetensors weights found for model org/model at revision None.
INFO text_generation_launcher: Convert: [1/2] -- Took: 0:00:10.1
WARN text_generation_launcher: Disabling exllama v2 and using v1 instead
INFO shard-manager: text_generation_launcher: Waiting for shard to be ready... rank=0
INFO shard-manager: text_generation_launcher: Shard ready in 20.1s rank=0
INFO text_generation_router_v3: Warming up model
WARN text_generation_router::server: Invalid hostname, defaulting to 0.0.0.0
INFO text_generation_router::server: router/src/server.rs:2402: Connected
INFO generate{max_new_tokens: Some(429), stop: ["error"] queue_time="504.4\u00b5s"}: Success
"""

HEALTHY_VLLM_V1: Final = """\
INFO 01-05 10:00:10 [api_server.py:1290] args: Namespace(port=8080, chat_template=None, model='m',
INFO 01-05 10:00:10 [api_server.py:1290] tokenizer=None, trust_remote_code=False, quantization=None)
WARNING 01-05 10:00:12 [config.py:3135] The T4 (with compute capability 7.5) doesn't support
torch.bfloat16. Falling back to torch.float16 for compatibility.
INFO 01-05 10:00:14 [cuda.py:240] Cannot use FlashAttention-2 backend for Volta and Turing GPUs.
WARNING 01-05 10:00:14 [tokenizer.py:295] Using a slow tokenizer: a slowdown. Consider a fast one.
INFO 01-05 10:00:15 [parallel_state.py:1004] rank 0 in world size 1 is assigned as DP rank 0
INFO 01-05 10:00:40 [loader.py:447] Loading weights took 10.41 seconds
INFO 01-05 10:00:42 [model_runner.py:1671] Capturing cudagraphs for decoding. If out-of-memory
error occurs during cudagraph capture, consider decreasing `gpu_memory_utilization`.
INFO 01-05 10:01:02 [serving_chat.py:77] Using supplied chat template:
INFO 01-05 10:01:02 [serving_chat.py:77] None
INFO:     Application startup complete.
INFO:     10.32.0.2:40000 - "GET /ping HTTP/1.1" 200 OK
INFO 01-05 10:02:02 [logger.py:42] Received request chatcmpl-1: prompt: 'Why do I get CUDA out of
INFO 01-05 10:02:02 [logger.py:42] Received request chatcmpl-2: prompt: 'CUDA out of memory, 504'
INFO:     10.32.0.2:40002 - "POST /invocations HTTP/1.1" 200 OK
INFO:     10.32.0.2:40004 - "GET /favicon.ico HTTP/1.1" 404 Not Found
"""

HEALTHY_LLAMA_CPP: Final = """\
ggml_cuda_init: failed to initialize CUDA: no CUDA-capable device is detected
warning: no usable GPU found, --gpu-layers option will be ignored
llama_model_loader: - kv   9: general.description str = Error-tolerant model that cannot fail
load: special_eos_id is not in special_eog_ids - the tokenizer config may be incorrect
load: control token: 128 '<|x|>' is not marked as EOG
load_tensors: loading model tensors, this can take a while... (mmap = true)
llama_context: n_ctx_per_seq (4096) < n_ctx_train (32768) -- the full capacity will not be utilized
llama_kv_cache: size =   48.00 MiB (  4096 cells,  24 layers,  1/1 seqs)
common_init_from_params: warming up the model with an empty run - please wait ...
main: chat template, chat_template: chatml, example_format: ''
main: server is listening on http://127.0.0.1:8081 - starting the main loop
srv  update_slots: all slots are idle
srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 200
"""

HEALTHY_GATEWAY: Final = """\
START RequestId: 8f5e Version: $LATEST
{"level": "INFO", "message": "answered", "status": 200, "error": null, "duration_ms": 504.2}
{"level": "INFO", "message": "answered", "status": 200, "tokens": 413, "throttled": false}
[WARNING] 2026-01-05T10:00:00.000Z 8f5e Connection pool is full, discarding connection
END RequestId: 8f5e
REPORT RequestId: 8f5e Duration: 429.00 ms Memory Size: 504 MB Max Memory Used: 128 MB
{"httpMethod": "POST", "status": "200", "integrationLatency": "429", "responseLength": "504"}
"""

HEALTHY_DEPLOY: Final = """\
SlmSagemakerStack: deploying... [1/1]
current credentials could not be used to assume 'arn:aws:iam::111122223333:role/cdk-hnb659fds-\
deploy-role-111122223333-eu-west-2', but are for the right account. Proceeding anyway.
SlmSagemakerStack | 40/40 | CREATE_COMPLETE | AWS::CloudFormation::Stack | SlmSagemakerStack
Deployment time: 429.13s
"""

HEALTHY: Final = (
    HEALTHY_TGI,
    HEALTHY_SHARDS,
    HEALTHY_VLLM,
    HEALTHY_VLLM_V1,
    HEALTHY_LLAMA_CPP,
    HEALTHY_FUNCTION,
    HEALTHY_GATEWAY,
    HEALTHY_DEPLOY,
    "",
    "\n\n",
)

EXAMPLES: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "gpu_oom_weights": [
        {"log_lines": ["Not enough VRAM to run the model: Available: 9 - Model 16."]},
        {"context": {"status": "it ends with OOM"}},
        {"log_lines": ["  in load_model", "torch.OutOfMemoryError: CUDA out of memory."]},
        {"log_lines": ["llama_model_load: error loading model: unable to allocate CUDA0 buffer"]},
    ],
    "gpu_oom_kv_cache_warmup": [
        {"log_lines": ["To serve at least one request with the model's max seq len (9)"]},
        {"log_lines": ["x.py:1] raise_if_cache_size_invalid(blocks)"]},
        {
            "log_lines": [
                "INFO executor_base.py:111] # cuda blocks: 0, # CPU blocks: 9",
                "INFO the rest is reserved for KV Cache is -1.5GiB.",
            ]
        },
        {
            "log_lines": [
                "ERROR Error executing method 'initialize_cache'. This might cause deadlock"
            ]
        },
        {
            "log_lines": [
                'Unable to warmup model: Generation("Allocation would exceed allowed memory")'
            ]
        },
        {"log_lines": ["llama_context: n_ctx = 9", "failed to allocate compute buffers"]},
        {"log_lines": ["Warming up model", "CUDA out of memory. Tried to allocate 2 GiB"]},
        {"log_lines": ["ValueError: No available memory for the cache blocks."]},
    ],
    "gpu_oom_runtime": [
        {
            "log_lines": [
                "slot launch_slot_: id  0 | task 0 | processing task",
                "CUDA error: out of memory",
            ]
        },
        {"log_lines": ["INFO: Application startup complete.", "CUDA out of memory."]},
    ],
    "host_oom": [
        {"log_lines": ["exitCode: 137"]},
        {"log_lines": ["Unable to allocate 9 GiB for an array"]},
        {"log_lines": ["ValueError: Too large swap space: 9 GiB"]},
        {"log_lines": ["[42.1] Out of memory: Killed process 42 (python) total-vm:9kB"]},
        {"log_lines": ["See ray-oom-prevention.html on the out of memory issue"]},
        {"log_lines": ["Loading shards:  75% 3/4 [00:08<00:02,  2.8s/it]Killed"]},
        {"context": {"status": "it ends with the message killed"}},
        {"log_lines": ["commit_memory failed (errno=12)"]},
        {"log_lines": ["this exceeds the memory usage threshold of 0.95"]},
        {"log_lines": ["Shard process was signaled to shutdown with signal 9"]},
        {"failure_reason": "Ping failed due to insufficient memory."},
    ],
    "disk_full": [
        {"log_lines": ["Os { code: 28, kind: StorageFull }"]},
        {"log_lines": ["The pod was low on resource: ephemeral-storage"]},
        {"log_lines": ["error 2: not enough space"]},
        {"log_lines": ["UserWarning: The target location /data only has 9.4 MB free disk space."]},
        {"log_lines": ["OSError: [Errno 28] No space left on device"]},
        {"failure_reason": "The model data archive is too large."},
    ],
    "shm_too_small": [
        {"log_lines": ["#2 ncclShmOpen(char*)"]},
        {
            "log_lines": [
                "[Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1)"
            ]
        },
        {"log_lines": ["ncclSystemError: System call failed"]},
        {"log_lines": ["Worker was terminated with signal 7 (SIGBUS)"]},
        {"log_lines": ["NCCL error in: x.cpp:1, unhandled system error"]},
    ],
    "gated_model_no_token": [
        {"log_lines": ["Status(403, Forbidden, url: https://huggingface.co/a/b)"]},
        {"log_lines": ["LocalTokenNotFoundError: there is none"]},
        {"log_lines": ["Cannot access gated repo for url X."]},
        {"log_lines": ["Your request to access model a/b is awaiting a review."]},
    ],
    "model_not_found": [
        {"log_lines": ["403: Access to this resource is disabled"]},
        {"log_lines": ["error: failed to open a/b.gguf"]},
        {"log_lines": ["gguf_init_from_file: failed to open GGUF file 'a.gguf'"]},
        {"log_lines": ["error loading model: failed to open a.gguf: No such file or directory"]},
        {"log_lines": ["Incorrect path_or_model_id: ''."]},
        {"log_lines": ["Cannot have -- or .. in repo_id: 'a--b'."]},
        {"log_lines": ["OSError: Can't load the configuration of 'a/b'."]},
        {"log_lines": ["a/b does not appear to have a file named config.json"]},
        {"log_lines": ["404 Client Error: Not Found for url: https://huggingface.co/a/b"]},
    ],
    "hub_download_timeout_or_no_egress": [
        {"log_lines": ["tls connection init failed: UnknownIssuer"]},
        {"log_lines": ["self-signed certificate in certificate chain"]},
        {"log_lines": ["OfflineModeIsEnabled: it cannot be asked"]},
        {"log_lines": ["download_file: HEAD failed, status: 404"]},
        {"log_lines": ["FileMetadataError: this is not the Hub"]},
        {"log_lines": ["Consistency check failed: file should be of size 9 but has 8"]},
        {"log_lines": ["sock.connect(sa) TimeoutError: timed out"]},
        {"log_lines": ["An error occurred while downloading using `hf_transfer`."]},
        {"log_lines": ["Data processing error: CAS service error : timed out"]},
        {"log_lines": ["[Errno -3] Temporary failure in name resolution"]},
    ],
    "startup_health_timeout": [
        {"http": '503 {"message": "Loading model"}'},
        {"http": "ModelNotReadyException: later"},
        {"failure_reason": "The server failed to become healthy within 600s"},
        {"failure_reason": "health check failed"},
        {
            "failure_reason": "The container did not pass the ping health check.",
            "log_lines": ["Waiting for shard to be ready... rank=0"],
        },
    ],
    "custom_container_ping_broken": [
        {"log_lines": ["W-9000 a worker died."]},
        {"log_lines": ["9000 Worker disconnected"]},
        {"log_lines": ['upstream timed out (110: Connection timed out), request: "GET /ping']},
        {"log_lines": ["connect() to unix:/x.sock failed (2)"]},
        {"log_lines": ['"GET /ping HTTP/1.1" 404 9']},
    ],
    "wrong_image_for_serving": [
        {"cfn_reason": "The manifest, config or layer media type of the image is not supported"},
        {"log_lines": ["Shard process was signaled to shutdown with signal 4"]},
        {"log_lines": ["Illegal instruction (core dumped)"]},
        {"log_lines": ["exec /usr/bin/serve: exec format error"]},
        {"log_lines": ["train: executable file not found"]},
    ],
    "cuda_driver_mismatch_ami": [
        {"log_lines": ["OSError: libcudart.so.9: cannot open shared object file"]},
        {"log_lines": ["CUDA error: system not yet initialized"]},
        {"log_lines": ["ggml_cuda_init: failed to initialize CUDA: unknown error"]},
        {"log_lines": ["requirements not met: cuda>=13.3||brand=tesla&&driver>=535"]},
        {"log_lines": ["ImportError('libcuda.so.1: file too short')"]},
        {"log_lines": ["ImportError('libcuda.so.1: cannot open shared object file')"]},
        {"log_lines": ["RuntimeError: Failed to infer device type"]},
        {"log_lines": ["nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13"]},
    ],
    "unsupported_architecture": [
        {"log_lines": ["ValueError: rope_scaling type must be one of [a, b]"]},
        {"log_lines": ["'XConfig' object has no attribute 'heads'"]},
        {"log_lines": ["rope scaling type x is not implemented"]},
        {"log_lines": ["There is no module or parameter named 'a' in B"]},
        {"log_lines": ["KeyError: 'layers.0.x.weight_scale'"]},
        {"log_lines": ["ValueError: Unrecognized model in /x"]},
        {"log_lines": ["tensor 'a' has invalid ggml type 99"]},
        {"log_lines": ["Could not determine model type for a/b revision None"]},
        {"log_lines": ["XForCausalLM has no vLLM implementation"]},
        {"log_lines": ["error loading model hyperparameters: key not found"]},
        {"log_lines": ["ValueError: Model architectures ['XForCausalLM'] are not supported"]},
    ],
    "trust_remote_code_required": [
        {"log_lines": ["please pass the argument `trust_remote_code=True` to allow custom code"]},
    ],
    "tokenizer_or_chat_template_missing": [
        {"log_lines": ["'x' object has no attribute 'apply_chat_template'"]},
        {"http": "400 There is no chat template in a/b"},
        {"http": '422 {"error_type":"tokenizer_error"}'},
        {"log_lines": ["ValueError: Converting from Tiktoken failed, provide a model path"]},
        {"log_lines": ["Could not parse chat template x"]},
        {"http": '{"error": "Template error: template not found"}'},
    ],
    "safetensors_conversion_failure": [
        {"log_lines": ["tensor 'x' is missing from model"]},
        {"log_lines": ["invalid split file: x"]},
        {"log_lines": ["wrong number of tensors; expected 9, got 8"]},
        {"log_lines": ["Following weights were not initialized from checkpoint: x"]},
        {"log_lines": ["error loading model: tensor 'a' has wrong shape"]},
        {"log_lines": ["error loading model: unexpectedly reached end of file"]},
        {"log_lines": ["weight model.layers.0.q_proj.weight does not exist"]},
        {"log_lines": ["but found no suitable name to keep for saving amongst: x"]},
        {"log_lines": ["Unable to load weights from pytorch checkpoint file"]},
        {"log_lines": ["llama_model_load: missing split file"]},
        {"log_lines": ["error loading model: missing tensor 'a.weight'"]},
        {"log_lines": ["safetensors_rust.SafetensorError: Error while deserializing header"]},
    ],
    "quantization_unsupported_on_gpu": [
        {"log_lines": ["ImportError: Flash Attention V2 is not installed"]},
        {"log_lines": ["Sharded X requires Flash Attention enabled models"]},
        {"log_lines": ["ValueError: GPTQ weights are only available on GPU"]},
        {"log_lines": ['  File "worker.py", line 9, in _check_if_gpu_supports_dtype']},
        {"log_lines": ["Bfloat16 is only supported on GPUs with compute capability of 8.0"]},
    ],
    "bad_env_config": [
        {"log_lines": ["The instance type ml.x is not supported."]},
        {"log_lines": ["failed to parse the instance type"]},
        {"log_lines": ["Invalid instance type: x"]},
        {"log_lines": ["Error: expected engine to be one of [a b], got c"]},
        {"log_lines": ["LoRA is not supported with x"]},
        {"log_lines": ["invalid literal for int() with base 10: 'x'"]},
        {"log_lines": ["Only 1 can be set between a and b"]},
        {"log_lines": ["max_concurrent_requests must be >= 1"]},
        {"http": "400 auto tool choice requires a parser"},
        {"cfn_reason": "Member must satisfy enum value set: [a]"},
        {"cfn_reason": "Member must have length less than or equal to 63"},
        {"log_lines": ["Quantization must be done before"]},
        {"log_lines": ["Cannot load `gptq` weight, make sure the model is already quantized"]},
        {"log_lines": ["Both `max_input_tokens` (1) and `max_input_length` (2) are set."]},
        {"log_lines": ["RuntimeError: Unknown dtype x"]},
        {"log_lines": ['error while handling argument "--x": bad']},
        {"log_lines": ["api_server.py: error: argument --x: invalid int value: 'y'"]},
        {"log_lines": ["`max_input_tokens` must be < `max_total_tokens`"]},
        {"log_lines": ["error: unexpected argument '--max-inputs' found"]},
    ],
    "wrong_num_shard": [
        {"log_lines": ["experts must be divisible by ep_size=3"]},
        {"log_lines": ["AssertionError: Each process is one gpu"]},
        {"log_lines": ["Duplicate GPU detected : rank 0"]},
        {"log_lines": ["Consider adjusting the Ray placement group"]},
        {"log_lines": ["num_shard > 1, and one device"]},
        {"log_lines": ["7 is not divisible by weight quantization block"]},
        {"log_lines": ["caused by too large tensor parallel size"]},
        {"log_lines": ["`sharded` is true but `num_shard` <= 1"]},
        {"log_lines": ["Tensor Parallelism is not implemented for world_size > n groups"]},
        {"log_lines": ["attention heads (40) must be divisible by 6"]},
        {"log_lines": ["assert features % self.tp_world_size == 0"]},
        {"log_lines": ["size 9 is not compatible with sharding on 2 shards"]},
        {"log_lines": ["NotEnoughCUDADevices: only found 1 CUDA devices"]},
    ],
    "s3_model_artifact_layout": [
        {"log_lines": ["No such file or directory: 'inference.py'"]},
        {"log_lines": ["No such file or directory: '/opt/ml/model/x'"]},
        {"http": "Can't load config for '/.sagemaker/mms/models/model'."},
        {"failure_reason": "Could not find model data at s3://b/k."},
        {"failure_reason": "Please ensure that the object at the URL is a valid tar.gz."},
        {"log_lines": ["/opt/x does not appear to have a file named config.json"]},
    ],
    "image_not_found_ecr": [
        {"failure_reason": "Requested image x/y:z not found."},
        {"failure_reason": "Please make sure all images of the variant exist."},
    ],
    "image_wrong_region": [
        {"failure_reason": "Cross region ECR image pulls are not allowed."},
        {"log_lines": ["Invalid DNS suffix 'x' for region 'y' in training image."]},
    ],
    "role_missing_permission": [
        {"log_lines": ["Invalid permissions on Lambda function"]},
        {"log_lines": ["Bucket named x exists, but we dont have access to it"]},
        {"cfn_reason": "X is not authorized to perform: iam:PassRole"},
    ],
    "expired_sso_credentials": [
        {"log_lines": ["UnauthorizedException: Session token not found or invalid"]},
        {"log_lines": ["Need to perform AWS calls for account 1, but no credentials"]},
        {"log_lines": ["Token has expired and refresh failed"]},
        {"log_lines": ["Profile x did not include credential process"]},
    ],
    "instance_quota_zero": [
        {"failure_reason": "You have reached the maximum number of endpoints"},
        {"context": {"status": "the deployment hits a resource limit"}},
        {"cfn_reason": "The account-level service limit 'ml.g5.xlarge for endpoint usage' is 0"},
    ],
    "insufficient_capacity": [
        {"cfn_reason": "x is not supported in this Availability Zone"},
        {"failure_reason": "InsufficientInstanceCapacity"},
    ],
    "cdk_not_bootstrapped": [
        {"log_lines": ["This requires bootstrap stack version 9, AccessDenied"]},
        {"log_lines": ["Toolkit stack CDKToolkit not found"]},
        {"log_lines": ["Unable to find BootstrapVersion output in the toolkit stack"]},
        {"log_lines": ["Has the environment been bootstrapped?"]},
        {"context": {"status": "nobody has bootstrapped the account"}},
    ],
    "endpoint_name_or_config_exists": [
        {"cfn_reason": "Export X is already exported by stack y. Rollback requested by user."},
        {"cfn_reason": "there is already a conflicting domain"},
        {"cfn_reason": "The alias x is already in use"},
        {"cfn_reason": "Cannot create already existing endpoint"},
    ],
    "endpoint_update_rolled_back": [
        {"failure_reason": 'Could not find endpoint configuration "x".'},
        {"context": {"status": "requested changes were not made"}},
        {"context": {"status": "the endpoint is InService with the old configuration"}},
    ],
    "cfn_rollback_stuck": [
        {"cfn_reason": "The subnet x has dependencies and cannot be deleted."},
        {"cfn_reason": "Error Code: DependencyViolation"},
        {"log_lines": ["the stack x could not be seen to delete, failed waiting"]},
        {"cfn_reason": "Stack cannot be updated when status is: X"},
        {"log_lines": ["The stack named X is in a failed state: Y"]},
        {"cfn_reason": "Stack:x is in ROLLBACK_COMPLETE state and can not be updated."},
    ],
    "apigw_cloudwatch_role_missing": [
        {"cfn_reason": "CloudWatch Logs role ARN must be set in account settings"},
    ],
    "apigw_29s_timeout": [
        {"http": "503 Service Unavailable"},
        {"http": '503 {"message":"Service Unavailable"}'},
        {"http": '504 {"message": "Endpoint request timed out"}'},
    ],
    "sagemaker_60s_timeout": [
        {"http": "Received server error (0) from model"},
        {"http": "ModelError: Received server error (504) from primary"},
    ],
    "lambda_timeout": [{"http": "Task timed out after 3.00 seconds"}],
    "api_key_not_in_usage_plan": [
        {"cfn_reason": "API Stage not found: a:b"},
        {"http": "403 InvalidApiKeyException"},
        {"http": '403 {"message": "Forbidden"}'},
        {"cfn_reason": "Invalid API Stage {api: a, stage: b} specified for usageplan c"},
    ],
    "throttled_429": [
        {"log_lines": ["(1) Throttle limit exceeded"]},
        {"http": "503 Slow down"},
        {"http": '429 {"message": "Too Many Requests"}'},
        {"http": '400 {"message": null}'},
    ],
    "payload_too_large": [
        {"http": "Image exceeds maximum allowed size of 9 bytes"},
        {"log_lines": ["data/9.tiff: ClientError: 413"]},
        {"http": '413 {"message": "Request Entity Too Large"}'},
        {"http": '{"message":"Request Too Long"}'},
    ],
    "request_token_limit": [
        {"log_lines": ["input is too large to process"]},
        {"log_lines": ["Prompt is 9 tokens but the context window is 8"]},
        {"http": "400 max_tokens must be at least 1, got -186."},
        {"http": "This model's maximum context length is 4096 tokens."},
    ],
    "cfn_opaque_event": [{"cfn_reason": "Request to service failed. Contact customer support."}],
}
