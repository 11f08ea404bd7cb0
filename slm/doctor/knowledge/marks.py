"""How far a start has come, and whose log it is: what the order of lines is told by."""

from typing import Final

from slm.doctor.model import Mark, mark

MARKS: Final[tuple[Mark, ...]] = (
    mark(
        "weights_loading",
        "load_model load_weights create_weights get_weights get_multi_weights _load_experts "
        "get_sharded get_partial_sharded from_pretrained load_state_dict initialize_model "
        "get_model __init__ load_tensors get_weights_col get_weights_row get_multi_weights_col "
        "load_row load_col process_weights_after_loading default_loader model_loader "
        "weight_loader load_layers",
        r"\b(load_model|load_weights|create_weights|get_(multi_)?weights\w*|_load_experts|"
        r"get_(partial_)?sharded|from_pretrained|load_state_dict|initialize_model|load_tensors|"
        r"load_(row|col|layers)|process_weights_after_loading|default_loader|model_loader|"
        r"weight_loader)\b|in get_model\b|modeling_?\w*\.py\W.{0,30}__init__",
    ),
    mark(
        "weights_loaded",
        "took shard offloaded llama_kv_cache_init llama_kv_cache llama_new_context_with_model "
        "llama_context llama_init_from_model graph_reserve",
        r"(loading (model )?weights|model loading) took|shard ready in|offloaded \d+/\d+ layers|"
        r"llama_(kv_cache\w*|new_context_with_model|context|init_from_model)\b|graph_reserve",
    ),
    mark(
        "warmup",
        "warming warmup profile profile_run determine_num_available_blocks "
        "capturing initialize_cache _initialize_kv_caches "
        "determine_available_memory capture_model init_device_cache "
        "allocate_kv_cache initialize_kv_cache _dummy_run "
        "profile_num_available_blocks compile_or_warm_up_model "
        "kv_cache_init _initialize_cache _initialize_caches "
        "_initialize_kv_cache determine_num_available initialize_caches "
        "initialize_kv_caches profiling",
        r"warming up|method=.?warmup|\bwarmup\b|profil(e|ing) run|profile_run|"
        r"determine_(num_)?available\w+|capturing (the model|cuda)|_?initialize_(kv_)?caches?\b|"
        r"capture_model|allocate_kv_cache|_dummy_run|profile_num_available_blocks|"
        r"compile_or_warm_up_model",
    ),
    mark(
        "serving",
        "connected startup invocations completions generate generate_stream listening idle post",
        r"(router|server\.rs).{0,40}connected\s*$|application startup complete|"
        r"POST /(invocations|generate(_stream)?|v1/\w+(/\w+)?)[^\d]{0,40}\b200\b|"
        r"server is listening on|all slots are idle",
    ),
    mark(
        "traffic",
        "compat_generate generate_stream chat_completions throughput prefill decode "
        "added slot engine_step step_async execute_model_async "
        "start_worker_execution_loop post clear_cache invocations predict batch_size request",
        r"\b(compat_generate|generate_stream|chat_completions)\{|method=.?(prefill|decode)\b|"
        r"\bbatch\{batch_size=|method (prefill|decode) encountered|request failed during|"
        r"avg (prompt|generation) throughput: 0*[1-9]|\bin (Prefill|Decode|clear_cache)\b|"
        r"POST /invocations|added request \S|slot +launch_slot|slot is processing task|"
        r"POST /(v1/\S+|generate\S*) HTTP/\S+ [45]\d\d\b|"
        r"\bin (engine_step|step_async|execute_model_async)\b|start_worker_execution_loop",
    ),
    mark("in_service", "inservice service", r"^\W*(the endpoint is )?in ?service\W*$"),
    mark(
        "ping_failed",
        "ping",
        r"(not|n't) pass the ping health check|ping (health check )?failed|fail\w* the ping",
    ),
    mark(
        "ping_good",
        "ping",
        r"GET /ping\S* ?[^\n]{0,20}\b200\b",
    ),
    mark(
        "still_loading",
        "waiting downloading loading starting fetching compiling downloaded download retrieving",
        r"waiting for (the )?shard|download(ing|ed) .{0,80}(\.safetensors|\.bin|\.gguf|\d+%|eta)|"
        r"loading (checkpoint|safetensors|pt checkpoint)\b.{0,40}shards|starting (to )?(load|shard|"
        r"download)|fetching \d+ files|compiling|starting check and download|"
        r"download(ed)? \[\d+/\d+\]",
    ),
    mark(
        "exception_seen",
        "assertionerror attributeerror importerror indexerror keyerror modulenotfounderror "
        "nameerror notimplementederror oserror runtimeerror typeerror valueerror",
        r"\b(assertion|attribute|import|index|key|modulenotfound|name|notimplemented|os|runtime|"
        r"type|value)error(: |$)",
    ),
    mark(
        "shard_cannot_start",
        "shardcannotstart shard",
        r"shardcannotstart|shard \d+ failed to start|shard complete standard error",
    ),
    mark(
        "tgi",
        "text_generation_launcher text_generation_server "
        "text_generation_router tgi shardcannotstart "
        "max_batch_prefill_tokens generation",
        r"text[_-]generation[_-](launcher|server|router)|\btgi\b|shardcannotstart|"
        r"max_batch_prefill_tokens",
    ),
    mark(
        "vllm",
        "vllm vllmworkerprocess enginecore gpu_memory_utilization enginecore_0 sm_vllm_model",
        r"\bvllm\b|vllmworkerprocess|enginecore|gpu_memory_utilization|sm_vllm_",
    ),
    mark(
        "llama_cpp",
        "llama_model_load llama_model_loader ggml_cuda_init srv "
        "llama_init_from_model llama_model_load_from_file "
        "ggml_backend_cuda_buffer_type_alloc_buffer llama ggml gguf "
        "llama_init llama_load llama_model_init",
        r"llama_(model_)?(load|init)|ggml_|llama\.cpp|llama-server|\bsrv +\w+:|gguf",
    ),
    mark(
        "other_server",
        "gunicorn nginx torchserve mms flask tornado multi-model mxnet w-9000 ts pytorch",
        r"gunicorn|nginx|torchserve|\bmms\b|flask|org\.pytorch\.serve|mxnet-model-server",
    ),
    mark(
        "single_shard",
        "sharded rank num_shard sharding",
        r"sharded: false|num_shard: (some\(\s*1|none)|sharding model on 1 process",
    ),
    mark(
        "gated_owner",
        "meta llama mistralai gemma bigcode coherelabs cohereforai "
        "starcoder black stabilityai databricks google",
        r"meta-llama/|mistralai/|google/(gemma|paligemma|medgemma|embeddinggemma)|"
        r"bigcode/|cohere(labs|forai)/|"
        r"black-forest-labs/|stabilityai/|databricks/dbrx",
    ),
    mark(
        "missing_name",
        "none null undefined",
        r"(models|huggingface\.co)/(none|null|undefined)\b|model_id.{0,4}(none|null)\b|"
        r"repo id .{0,60}\b(none|null)\b",
    ),
    mark("repo_not_found", "repository repositorynotfounderror", r"repository ?not ?found"),
    mark("gated_seen", "gated restricted", r"gated ?repo|is gated|is restricted"),
    mark("token_given", "token logged", r"token .{0,20}(is valid|has been saved)|logged in as"),
    mark("own_port", "127 localhost 169", r"(127\.0\.0\.1|localhost|169\.254\.\d+\.\d+)"),
    mark("nvidia_hook", "nvidia hook", r"nvidia-container-cli|error running (prestart )?hook"),
    mark(
        "fallback",
        "falling fallback instead using import use",
        r"falling back|fallback to|could not import|unable to use|(will be|is) used instead|"
        r"using \w+( backend)? instead",
    ),
    mark(
        "quantization_words",
        "quantization quantize quantisation supported",
        r"quanti[sz]ation (method )?\S+ is not|quanti[sz]e .{0,30}not supported",
    ),
    mark("tensor_missing", "weight tensor safetensors", r"\.weight\b|tensor .{0,60}not found"),
    mark(
        "signal_seen",
        "signal space killed signaled",
        r"signal(ed)?.{0,30}\b\d+\b|no space left|killed",
    ),
    mark(
        "request_words",
        "inputs max_new_tokens context422 validation",
        r"input validation error|inputs. (must|tokens)|max_new_tokens. must",
    ),
    mark("kv_words", "kv", r"kv[ _]cache"),
    mark("rope_words", "rope_scaling", r"rope_scaling.{0,80}must be"),
    mark("heads_words", "divisible", r"divisible"),
    mark("divisible_words", "divisible", r"divisible"),
    mark("automodel_words", "automodel", r"automodel"),
    mark("hub_words", "huggingface hf", r"huggingface\.co|hf\.co"),
    mark(
        "file_missing",
        "found missing exist directory",
        r"(config\.json|\.bin|\.safetensors|\.pth?).{0,60}(not found|missing|not exist)|"
        r"no such file or directory",
    ),
    mark("cross_region", "cross region", r"cross[- ]region|expected region"),
    mark(
        "ecr_denied",
        "ecr batchgetimage getdownloadurlforlayer",
        r"ecr:(batchgetimage|getdownloadurl)",
    ),
    mark("ecr_missing", "image ecr", r"image .{0,160}(not found|does not exist)"),
    mark("goes_on", "proceeding", r"proceeding anyway"),
    mark("bootstrap_role", "cdk", r"cdk-\w+-\w+-\w*-?role|cdk-bootstrap"),
    mark(
        "table_words",
        "provisionedthroughput dynamodb provisioned",
        r"provisioned ?throughput|dynamodb",
    ),
    mark("zone_words", "zone zones region az", r"availability zones?|\bregion\b|\baz\b"),
    mark("port_words", "address port bind", r"\b(address|port|bind)\b.{0,40}already"),
    mark("folder_words", "directory folder file mkdir", r"(file|folder|directory) .{0,60}exists"),
    mark(
        "stack_words",
        "rollback_complete rollback_in_progress rollback_failed update_rollback_complete "
        "update_rollback_in_progress update_rollback_failed",
        r"rollback_(complete|in_progress|failed)",
    ),
    mark("model_error", "modelerror received", r"modelerror|received (server|client) error \("),
    mark("function_timeout", "task", r"task timed out"),
    mark(
        "start_slow",
        "loading load warm startup start health",
        r"(load(ing)?|warm-?up|start-?up|health check)\b.{0,60}(take|took|longer|more than|fail)",
    ),
    mark("host_memory", "system host cpu", r"(system|host|cpu) (is )?out of memory"),
    mark("kernel_words", "kernel token image_token", r"kernel image|image token|image_token"),
    mark(
        "docker_start", "container exec", r"exec format|unable to start container|start container"
    ),
    mark("hub_429", "429", r"429.{0,160}(huggingface|hf\.co)"),
    mark(
        "shm_words",
        "shared shm nccl shmutils",
        r"shared memory segment|/dev/shm|\bshm(utils)?\.(h|cc)\b",
    ),
    mark("number_words", "413 given", r"\b413 (tokens|ms|mib|mb|kb|bytes)|given: ?\d*413"),
    mark(
        "start_words",
        "max_model_len derived kv",
        r"user-specified max_model_len|derived max_model_len|stored in kv cache|kv cache is needed",
    ),
    mark(
        "creating_long", "creating", r"(stuck|stays?|hangs?|remains?|hung|minutes).{0,40}creating"
    ),
)
