"""Not enough memory on the GPU: while weights are loaded, at the warm-up, at run time."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign, status

_WORDS: Final = (
    "cuda outofmemoryerror cudamalloc cublas_status_alloc_failed cuda0 cudaerrormemoryallocation "
    "outofmemory allocation allocate allowed"
)
_FULL: Final = (
    r"cuda out of memory|cuda\.outofmemoryerror|cuda error:? (2 .*)?out of memory|"
    r"cudamalloc failed: out of memory|cublas_status_alloc_failed|cudaerrormemoryallocation|"
    r"unable to allocate cuda\d* buffer|torch\.outofmemoryerror|would exceed allowed memory"
)
_SHORTER: Final = "`max_total_tokens` (and `max_input_tokens`) smaller in `slm.toml`"

GPU_MEMORY: Final = (
    Cause(
        id="gpu_oom_weights",
        title="The GPU's memory ended while the weights were loaded.",
        explanation=(
            "The weights alone are larger than the memory of the GPU, or of all of them together. "
            "An out-of-memory error in a frame that loads (`load_model`, `get_weights`) and before "
            "any warm-up or profiling line proves it; `slm plan` shows the arithmetic."
        ),
        against=(
            "A line of the warm-up (TGI), of profiling (vLLM) or an answered request before the "
            "error: then the weights fit."
        ),
        fix=(
            "Take smaller weights, or an `instance_type` with more GPU memory "
            '(`"ml.g5.2xlarge"`: 24 GB): `slm plan` names one that fits.'
        ),
        fix_for={
            "tgi": '`quantize = "bitsandbytes-nf4"` makes four-bit weights of any checkpoint.',
            "vllm": 'A repository in AWQ or GPTQ, or `quantize = "bitsandbytes"`.',
            "llama.cpp": "A smaller `gguf_file` (Q4_K_M instead of Q8_0).",
        },
        signatures=(
            sign(
                _WORDS,
                _FULL,
                LIKELY,
                unless="plan_kv_too_large",
                not_after="warmup serving traffic weights_loaded",
            ),
            sign(_WORDS, _FULL, HINT, not_after="warmup serving traffic weights_loaded"),
            sign(
                _WORDS,
                _FULL,
                PROOF,
                after="weights_loading",
                not_after="warmup serving traffic weights_loaded",
            ),
            sign(
                _WORDS,
                _FULL,
                STRONG,
                given="shard_cannot_start",
                not_after="warmup serving traffic weights_loaded",
            ),
            sign(
                _WORDS,
                _FULL,
                STRONG,
                given="plan_weights_too_large",
                not_after="serving traffic",
            ),
            sign("vram", r"not enough vram to run the model", PROOF),
            sign("oom", r"\boom\b(?![- ]?kill)", HINT, not_after="warmup serving traffic"),
            sign(
                "tensors model allocate",
                r"(error loading model|load_tensors|llama_model_load).{0,80}(unable to allocate|"
                r"failed to allocate)",
                STRONG,
            ),
            sign(
                "memory fit large big",
                r"(load\w*|start\w*|weights).{0,80}(out of memory|not fit|too (big|large))|"
                r"out of memory.{0,80}(load|start|weights)",
                TOLD,
                given="told",
            ),
        ),
        facts={"plan_weights_too_large": 0.5},
        contradicted_by={"plan_fits": 0.8},
        phase=Phase.START,
        sources=(
            "https://huggingface.co/docs/text-generation-inference/basic_tutorials/launcher",
            "https://docs.vllm.ai/en/latest/configuration/conserving_memory.html",
        ),
    ),
    Cause(
        id="gpu_oom_kv_cache_warmup",
        title="The weights fit the GPU, but not the keys and values of the context beside them.",
        explanation=(
            "The engine tries the largest batch before it serves (TGI: Warmup; vLLM: profile run). "
            "What is left beside the weights does not hold the tokens that the settings promise."
        ),
        against="An error inside a frame that loads weights, before the warm-up began.",
        fix=f"Make {_SHORTER}; `slm plan` tells what fits. Or take a GPU with more memory.",
        fix_for={
            "tgi": (
                "`[container_environment]` `MAX_BATCH_PREFILL_TOKENS` as small as "
                "`max_input_tokens`; let TGI choose `MAX_BATCH_TOTAL_TOKENS`."
            ),
            "vllm": (
                '`[container_environment]` `SM_VLLM_GPU_MEMORY_UTILIZATION = "0.95"`, '
                '`SM_VLLM_MAX_NUM_SEQS` smaller, or `SM_VLLM_ENFORCE_EAGER = "true"`.'
            ),
            "llama.cpp": (
                '`SM_LLAMA_CPP_CACHE_TYPE_K = "q8_0"` and `..._V` halve what a token takes.'
            ),
        },
        signatures=(
            sign(
                "initialize_cache determine_num_available_blocks",
                r"error executing method \W?(initialize_cache|determine_num_available_blocks)",
                LIKELY,
            ),
            sign("memory", r"not enough memory to handle .{0,40}tokens", PROOF),
            sign("serve", r"to serve at least one request with the .{0,20}max seq", PROOF),
            sign("raise_if_cache_size_invalid", r"raise_if_cache_size_invalid", STRONG),
            sign(
                "kv",
                r"(larger|more|greater) than the maximum number of tokens that can be stored in "
                r"(the )?kv cache",
                PROOF,
            ),
            sign("cache", r"no available memory for the cache blocks", PROOF),
            sign(
                "blocks kv",
                r"# (gpu|cuda) blocks: 0\b|(reserved for|available) kv cache( memory)?( is|:) -",
                STRONG,
            ),
            sign(
                "kv estimated",
                r"kv cache is needed.{0,60}(larger|more) than the available|"
                r"exceeds? (the )?available kv cache memory|"
                r"estimated maximum model length is",
                PROOF,
            ),
            sign(
                "memory cuda gpu_memory_utilization max_num_seqs tokens "
                "max_batch_prefill_tokens max_batch_total_tokens",
                r"out of memory .{0,30}warming up|warm.?up.{0,200}out of memory|"
                r"(decrease|lower|reduc\w+) .{0,30}max[_-]batch[_-](total|prefill)[_-]tokens|"
                r"(try )?(increasing|lowering|reducing) .?(gpu_memory_utilization|max_num_seqs)",
                STRONG,
            ),
            sign(
                "memory",
                r"free memory on device .{0,80}less than desired gpu memory utilization",
                LIKELY,
            ),
            sign(_WORDS, _FULL, PROOF, after="warmup", not_after="serving traffic"),
            sign(_WORDS, _FULL, STRONG, after="weights_loaded", not_after="serving traffic"),
            sign(
                _WORDS,
                _FULL,
                HINT,
                not_after="warmup serving traffic weights_loading weights_loaded",
            ),
            sign(_WORDS, _FULL, HINT, given="plan_kv_too_large", not_after="serving traffic"),
            sign(
                "kv context buffers llama_init_from_model kv_cache_init",
                r"failed to (allocate|initiali[sz]e|create) .{0,40}(kv cache|kv self|context|"
                r"compute buffers)|"
                r"llama_init_from_model: failed|kv_cache_init: failed",
                STRONG,
            ),
            sign(
                "warmup warm", r"unable to warm ?up|could not warm ?up|warmup\(.{0,40}failed", HINT
            ),
            sign(
                "warmup warm profiling cache warming",
                r"(warm-?up|warming|profiling|kv cache).{0,80}(memory|\boom\b|fail)|(memory|"
                r"\boom\b).{0,80}(warm-?up|warming|kv cache)",
                TOLD,
                given="told",
            ),
        ),
        facts={"plan_kv_too_large": 0.35},
        phase=Phase.START,
        sources=(
            "https://huggingface.co/docs/text-generation-inference/basic_tutorials/launcher",
            "https://docs.vllm.ai/en/latest/configuration/conserving_memory.html",
        ),
    ),
    Cause(
        id="gpu_oom_runtime",
        title="The model served, then the GPU's memory ended under requests.",
        explanation=(
            "Start and warm-up passed; long prompts, many requests at once or fragmentation took "
            "the rest. SageMaker shows it as a 5xx of the model, or a worker that starts again."
        ),
        against="No request was answered before the error: then it is weights or warm-up.",
        fix=(
            f"Make {_SHORTER}, or send fewer requests at once (`max_concurrent_requests`); a GPU "
            "with more memory holds more of both."
        ),
        fix_for={
            "tgi": "`[container_environment]` `MAX_BATCH_PREFILL_TOKENS` smaller.",
            "vllm": "`[container_environment]` `SM_VLLM_MAX_NUM_SEQS` smaller.",
            "llama.cpp": "`[container_environment]` `SM_LLAMA_CPP_PARALLEL` smaller.",
        },
        signatures=(
            sign(_WORDS, _FULL, STRONG, after="serving traffic"),
            sign(
                _WORDS,
                _FULL,
                PROOF,
                after="request",
                not_after="weights_loading shard_cannot_start",
            ),
            sign("507", status("507"), LIKELY, unless="host_memory"),
            sign("507 insufficient_storage", r"\b507\b.{0,200}cuda|cuda.{0,200}\b507\b", STRONG),
            sign(
                "oom memory",
                r"(after|requests?|traffic|hours|days)\b.{0,80}(\boom\b|out of memory|"
                r"memory (grows|leak))|(\boom\b|out of memory).{0,80}(after|requests?|traffic)\b",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.SERVING,
        sources=("https://huggingface.co/docs/text-generation-inference/basic_tutorials/launcher",),
    ),
)
