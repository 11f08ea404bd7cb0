"""The engine's configuration: variables, limits, shards."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, TRACE, Cause, Phase, sign

CONFIGURATION: Final = (
    Cause(
        id="bad_env_config",
        title="The engine refuses its configuration: a variable is wrong, unknown or contradicts "
        "another.",
        explanation=(
            "For example a longest prompt that is not below the longest total, a context above the "
            "model's own, or an option that the image's version does not have. The engine stops "
            "before it loads anything."
        ),
        against="Weights were loaded: then the options were accepted.",
        fix=(
            "Correct what the line names: `max_input_tokens` below `max_total_tokens`, both within "
            "the model's context, and the names in `[container_environment]`. `slm.toml` "
            "explains each setting, docs/engines.md what the template sets."
        ),
        signatures=(
            sign(
                "caching lora decoding prefill",
                r"\b(prefix caching|lora|speculative decoding|chunked prefill) (is|are) not "
                r"supported (with|when)",
                LIKELY,
            ),
            sign("literal", r"invalid literal for int", LIKELY, unless="request"),
            sign("expected", r"\bexpected .{1,60} to be one of\b", LIKELY),
            sign(
                "instance",
                r"(unsupported|invalid|unknown) instance type|"
                r"instance type\b.{0,60} is (not supported|not valid|invalid)(?! (in|for)\b)|"
                r"fail\w* to parse .{0,20}instance type",
                LIKELY,
                unless="zone_words",
            ),
            sign("only", r"only (1|one) can be set", STRONG),
            sign(
                "must",
                r"\b(max|best|num|cuda)_\w+ must be (>|<|at least|between)",
                STRONG,
                unless="request request_words",
            ),
            sign("tool", r"tool choice requires", STRONG),
            sign(
                "member",
                r"member must (satisfy (enum|regular)|have length less than or equal to \d{1,3}\b)",
                LIKELY,
            ),
            sign("quantization", r"quantization must be done", LIKELY),
            sign(
                "max_input_tokens max_input_length max_total_tokens max_batch_prefill_tokens "
                "max_batch_total_tokens max_stop_sequences max_best_of max",
                r"max[_-](input[_-](length|tokens)|batch[_-]prefill[_-]tokens|total[_-]tokens|"
                r"batch[_-]total[_-]tokens|stop[_-]sequences|best[_-]of).{0,30}must be",
                PROOF,
                unless="request_words",
            ),
            sign("argumentvalidation", r"argumentvalidation(?!.{0,80}cuda devices)", PROOF),
            sign("argument", r"error while handling argument|^\W*argument validation error", PROOF),
            sign("set", r"^\W*(error: )?both .{1,80} are set\b", STRONG),
            sign(
                "quantized quantize quantization flash_attn",
                r"make sure the model is already quantized|quantize is set to|"
                r"(cache|quanti\w+) requires flash_attn",
                STRONG,
            ),
            sign("dtype kv_cache_dtype", r"unknown (kv_cache_)?dtype", STRONG),
            sign("argument", r"error: argument .{1,60}: (invalid|expected)", PROOF),
            sign("config", r"cannot find the config file for \w+", STRONG),
            sign(
                "max_model_len max_num_batched_tokens",
                r"max_model_len.{0,60}(is )?(greater|larger|more) than (the )?(derived|model)|"
                r"max_model_len.{0,40}(must|invalid|should)|max_num_batched_tokens.{0,40}(must|"
                r"smaller"
                r"|less than)",
                STRONG,
                unless="kv_words",
            ),
            sign(
                "max_num_batched_tokens",
                r"max_num_batched_tokens.{0,80}(smaller|less|must|greater)",
                STRONG,
            ),
            sign(
                "argument arguments option options flag parameter keyword flags "
                "parameters error",
                r"(?<!failure .)(unexpected|unrecogni[sz]ed|unknown|invalid|bad|unsupported|"
                r"no such|conflicting) "
                r"(keyword )?(argument|option|flag|parameter)s?\b(?!.{0,20}serve\b)|"
                r"error: (invalid|unknown) (value|argument)|the following (required )?arguments?|"
                r"the argument .{0,60}(cannot be used|requires|is required)",
                STRONG,
                unless="request_words",
            ),
            sign(
                "choice choose possible",
                r"invalid choice:|\(choose from|\[?possible values:",
                STRONG,
            ),
            sign(
                "value variable environment",
                r"invalid value .{0,60}for|environment variable .{0,80}(invalid|must|unknown|not "
                r"set|"
                r"missing|required|is not)|(invalid|unknown|missing|unset) environment variable",
                STRONG,
            ),
            sign(
                "validationerror validation",
                r"\d+ validation errors? for (\w*args|\w*config)",
                STRONG,
            ),
            sign(
                "parseinterror parsefloaterror digit",
                r"invalid digit found|parse(int|float)error",
                STRONG,
            ),
            sign(
                "quantize quantization quantisation quantise quantised quantized",
                r"(unknown|invalid|unrecogni[sz]ed) quanti[sz]\w* ?(method|value)?|"
                r"quanti[sz]ation method specified .{0,80}does not match|"
                r"(cannot|can'?t|could not) (use|find).{0,40}(quantize|quantization)[ _]?config|"
                r"quanti[sz]e.{0,60}but .{0,40}(is not|not a) quanti[sz]ed",
                STRONG,
            ),
            sign(
                "error valueerror",
                r"(valueerror|error):? .{0,60}(must be (greater|less|smaller|lower|larger|a "
                r"positive|"
                r"between|>|<|=|at least|one of|in \[)|cannot be (greater|less|larger|both|used "
                r"with|combined))",
                LIKELY,
                unless="request_words kv_words heads_words rope_words",
            ),
            sign("typeerror", r"typeerror: .{0,80}unexpected keyword argument", HINT),
            sign("usage try", r"^usage: |try '?--help|for more information,? try", HINT),
            sign(
                "both mutually incompatible conflicts conflict",
                r"mutually exclusive|(options?|flags?|settings?) .{0,40}(conflict|incompatible)|"
                r"(cannot|can'?t) set both",
                STRONG,
            ),
            sign(
                "hf_model_id hf_task model_id sm_num_gpus",
                r"(hf_model_id|hf_task|model_id|sm_num_gpus).{0,60}(not set|must be set|required|"
                r"missing|invalid|undefined|not defined|is empty)",
                STRONG,
            ),
            sign(
                "task hf_task",
                r"(task|hf_task).{0,60}(not (set|supported|defined)|unknown|must)",
                HINT,
            ),
            sign(
                "rope_scaling rope vllm_allow_long_max_model_len",
                r"vllm_allow_long_max_model_len",
                STRONG,
            ),
            sign(
                "setting settings option variable configuration config options variables",
                r"(settings?|options?|variables?|config\w*)\b.{0,60}(wrong|unknown|ignored|"
                r"invalid|refused|rejected)",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=(
            "https://huggingface.co/docs/text-generation-inference/reference/launcher",
            "https://docs.vllm.ai/en/latest/configuration/engine_args.html",
        ),
    ),
    Cause(
        id="wrong_num_shard",
        title="The number of shards does not fit the model or the GPUs.",
        explanation=(
            "Attention heads must divide evenly among the shards; some models cannot be split at "
            "all; and one shard on an instance with several GPUs leaves all but one of them empty."
        ),
        against="One GPU, one shard: then nothing is split.",
        fix=(
            "The template sets one shard for each GPU of `instance_type`: take an instance whose "
            "number of GPUs divides the model's heads (1, 2, 4 or 8), or one GPU that is large "
            "enough. `slm plan` names one."
        ),
        signatures=(
            sign("duplicate", r"duplicate gpu detected", STRONG),
            sign("process", r"each process is one gpu", PROOF),
            sign("placement", r"adjusting the ray placement group", LIKELY),
            sign("num_shard", r"\bnum_shard (>|is (greater|larger|more))", STRONG),
            sign("divisible", r"not divisible by (weight )?quantization", LIKELY),
            sign("parallel", r"too large tensor parallel", STRONG),
            sign("divisible", r"must be divisible by (ep|dp|pp|cp)_size", STRONG),
            sign(
                "divisible divide divided",
                r"(heads?|shards?|world[ _]size|tensor[ _-]parallel|gpus?|vocab\w*|hidden\w*|"
                r"intermediate\w*|group|features?|dimension|num_shard|blocks?).{0,120}"
                r"(divisible|divided? evenly|not divide)|(divisible|divide).{0,80}(heads?|shards?|"
                r"world|tensor parallel|gpus?|num_shard|partition)",
                PROOF,
            ),
            sign("divisible", r"is not divisible by \d+", LIKELY),
            sign(
                "sharding sharded",
                r"not compatible with sharding|sharding is .{0,20}not supported|"
                r"sharded is true but num_shard",
                PROOF,
            ),
            sign(
                "num cuda devices tensor",
                r"--num-shard and .{0,120} are not set|not enough cuda devices|"
                r"tensor parallelism is not implemented",
                STRONG,
            ),
            sign(
                "devices notenoughcudadevices",
                r"only found \d+ cuda devices|notenoughcudadevices",
                PROOF,
            ),
            sign(
                "world_size tp_world_size num_shards tp_size tensor_parallel_size "
                "size tensor_parallel_num_shards tensor_parallel_world_size "
                "tp_num_shards",
                r"% ?\(?(self\.)?(\w+\.)?(tp_|tensor_parallel_)?(world_size|num_shards|size)\b",
                STRONG,
            ),
            sign(
                "num_shard sharded shards shard sharding",
                r"num[_-]shard.{0,80}(larger|more|greater|exceed|invalid|must|cannot|available|"
                r"than)|(fewer|not enough|only \d+) .{0,20}gpus?.{0,60}(shard|num)|"
                r"(sharded|sharding) (is )?not (supported|possible|implemented|available)"
                r"(?! for automodel)",
                STRONG,
                unless="automodel_words",
            ),
            sign(
                "tensor_parallel_size tensor parallel",
                r"tensor[ _-]parallel( size|_size)?.{0,80}(exceed|larger|greater|more than|must|"
                r"larger than|cannot|available gpus|not support)|"
                r"(not|n't) support tensor[ _-]parallel",
                STRONG,
                unless="divisible_words",
            ),
            sign("ordinal", r"invalid device ordinal", STRONG),
            sign(
                "world",
                r"world size .{0,60}(larger|exceed|greater|more than|number of (available )?gpus)",
                STRONG,
            ),
            sign(
                "gpus placement gpu",
                r"(required|requires|need) .{0,20}gpus?.{0,40}(available|only|has|exceeds)|"
                r"placement group .{0,80}(gpu|cannot)",
                LIKELY,
            ),
            sign(
                "cuda outofmemoryerror",
                r"cuda out of memory|outofmemoryerror",
                0.88,
                given="one_shard_many_gpus",
                not_after="serving traffic",
            ),
            sign(
                "cuda outofmemoryerror",
                r"cuda out of memory|outofmemoryerror",
                HINT,
                given="single_shard many_gpus",
            ),
            sign(
                "gpu",
                r"only (one|1|the first) gpu (is )?(used|busy|visible)|uses? only (one|1) gpu",
                STRONG,
            ),
            sign("sm_num_gpus", r"sm_num_gpus", TRACE),
            sign(
                "gpu shard shards sharding parallel",
                r"(only|just) (one|1|a single|the first) gpu|(tensor parallel|"
                r"shard\w*)\b.{0,60}(wrong|not|fail|odd)",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=(
            "https://huggingface.co/docs/text-generation-inference/conceptual/tensor_parallelism",
            "https://docs.vllm.ai/en/latest/serving/parallelism_scaling.html",
        ),
    ),
)
