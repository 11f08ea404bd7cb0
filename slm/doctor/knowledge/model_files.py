"""The model's files: architecture, own code, tokenizer, weights' format."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TRACE, Cause, Phase, sign

MODEL_FILES: Final = (
    Cause(
        id="unsupported_architecture",
        title="The image's engine does not know this kind of model.",
        explanation=(
            "The model is newer than the engine or its transformers library, or of another sort "
            "(an encoder, a vision model). TGI then falls back to AutoModel, which it cannot shard."
        ),
        against="The repository brings its own code: then `trust_remote_code` is asked for.",
        fix=(
            'Another engine (`engine = "vllm"` knows the newest models), a newer image '
            "(`image_uri`), or a model of the engine's list."
        ),
        fix_for={"llama.cpp": "A newer image (`image_uri`): the GGUF is newer than the engine."},
        signatures=(
            sign(
                "architectures architecture",
                r"(model )?architectures? .{0,120}(not (currently )?supported|unsupported|not "
                r"recogni[sz]e|failed to be inspected|unknown)|unknown (model )?architecture|"
                r"(not|n't) (support|recogni[sz]e) this architecture|unsupported (model )?"
                r"architecture",
                PROOF,
            ),
            sign(
                "model_type type",
                r"(unsupported|unknown|unrecogni[sz]ed) model[ _]type|model[ _]type .{0,80}"
                r"(not (supported|recogni[sz]ed)|unsupported|unknown)|"
                r"(not|n't) support(ed)? .{0,20}model[ _]type|model type .{0,120}but transformers "
                r"does not recogni[sz]e",
                PROOF,
            ),
            sign(
                "sharded automodel",
                r"sharded is not supported for automodel|automodel.{0,60}not support|not supported "
                r"for automodel",
                PROOF,
            ),
            sign(
                "supported",
                r"\bmodel (\S+ )?(is|are) not (yet |currently )?supported(?! .{0,30}(gpu|device))",
                STRONG,
                unless="quantization_words",
            ),
            sign("variant", r"unknown variant .{0,60}expected one of", LIKELY),
            sign(
                "keyerror",
                r"keyerror: ?\W{0,2}(llama4?|mistral\d*|mixtral|qwen\w*|gemma\w*|phi\w*|"
                r"deepseek\w*|"
                r"falcon\w*|cohere\w*|olmo\w*|granite\w*|starcoder\w*|mpt|chatglm\w*|smollm\w*|"
                r"gpt_\w+|[a-z]+\d+(_\w+)?)\W?\s*$",
                STRONG,
                unless="tensor_missing",
            ),
            sign(
                "importerror attributeerror transformers",
                r"(cannot import name|has no attribute).{0,60}(transformers|autoconfig|"
                r"forcausallm|config\b)|module transformers has no attribute",
                LIKELY,
            ),
            sign(
                "transformers",
                r"(upgrade|update|newer|outdated|from source|out of date|requires).{0,60}"
                r"transformers|transformers .{0,60}(out of date|too old|upgrade)",
                HINT,
            ),
            sign(
                "configuration unrecognized",
                r"unrecogni[sz]ed configuration class|no (model|architecture) .{0,40}registered",
                STRONG,
            ),
            sign(
                "rope_scaling",
                r"rope_scaling.{0,80}(must be a dictionary|expected|unknown|invalid|unsupported)|"
                r"unknown rope",
                STRONG,
            ),
            sign(
                "notimplementederror",
                r"notimplementederror.{0,80}(model|architecture|attention|flash|config)",
                LIKELY,
            ),
            sign(
                "pre",
                r"unknown (pre-?tokenizer|model) type|unknown pre-tokenizer",
                LIKELY,
            ),
            sign("size", r"(size|shape) mismatch for|shapes? .{0,30}mismatch", HINT),
        ),
        phase=Phase.START,
        sources=(
            "https://huggingface.co/docs/text-generation-inference/supported_models",
            "https://docs.vllm.ai/en/latest/models/supported_models.html",
        ),
    ),
    Cause(
        id="trust_remote_code_required",
        title="The model brings Python code of its own, and the engine may not run it.",
        explanation=(
            "Some repositories hold their model's code. The engines run it only when told that it "
            "is trusted; a fork or a revision that the library knows needs none."
        ),
        against="The architecture is part of the engine's list.",
        fix="Read that code, then allow it in `[container_environment]` of `slm.toml`.",
        fix_for={
            "tgi": 'TGI: `TRUST_REMOTE_CODE = "true"`; pin `hf_model_revision` with it.',
            "vllm": 'vLLM: `SM_VLLM_TRUST_REMOTE_CODE = "true"`; pin `hf_model_revision` with it.',
        },
        signatures=(
            sign(
                "trust_remote_code trust",
                r"\b(set|pass|use|enable|requires?|required|needs?|without|option|argument|allow)\b"
                r".{0,60}trust[_-]remote[_-]code(?!\W{1,3}(is )?(set|ignored|false))|"
                r"trust[_-]remote[_-]code\W{1,4}true\W.{0,60}(to|remove|allow)",
                PROOF,
            ),
            sign(
                "custom remote execute",
                r"(contains|has|requires|need).{0,20}(custom|remote) code|"
                r"execute the (configuration|model\w*|tokenizer|custom).{0,40}"
                r"(file|code).{0,20}in that repo|requires you to execute",
                PROOF,
            ),
        ),
        phase=Phase.START,
        sources=("https://huggingface.co/docs/transformers/models",),
    ),
    Cause(
        id="tokenizer_or_chat_template_missing",
        title="The tokenizer cannot be loaded, or the model has no chat template.",
        explanation=(
            "A base model has no template for a conversation; some repositories lack tokenizer "
            "files, hold them in another form, or need a library that the image lacks."
        ),
        against="Completions with a raw prompt fail as well, with another error.",
        fix=(
            "Take the instruct version of the model. With `POST /invoke`: "
            '`"apply_chat_template": false` sends the prompt as it is. Or copy tokenizer and '
            "template next to the weights, and serve them from S3 (`model_data_url`)."
        ),
        fix_for={
            "tgi": "`[container_environment]` `TOKENIZER_CONFIG_PATH` names another template.",
            "vllm": "`[container_environment]` `SM_VLLM_CHAT_TEMPLATE` names another template.",
            "llama.cpp": '`[container_environment]` `SM_LLAMA_CPP_CHAT_TEMPLATE = "chatml"`.',
        },
        signatures=(
            sign(
                "template",
                r"template (error|not found|is missing)|template_error|"
                r"(chat[ _]template|template).{0,80}(not (found|set|defined|provided|allowed)|"
                r"missing"
                r"|none|must|required|undefined|no longer allowed|render)|"
                r"(no|without a?|missing|default) (default )?chat[ _]template|"
                r"(not|n't) (have|define|contain|provide) .{0,20}chat[ _]template",
                PROOF,
            ),
            sign(
                "roles role conversation system",
                r"roles must alternate|(system|\w+) role (is )?not supported|"
                r"only user and assistant roles",
                STRONG,
            ),
            sign(
                "tokenizer autotokenizer",
                r"(can'?t|cannot|could(n't| not)|unable to|fail\w* to) (load|instantiate|find|"
                r"parse|create|initiali[sz]e|convert|build)(?! a fast).{0,60}tokenizer(?! config)|"
                r"tokenizer .{0,60}(not (found|exist)|does not exist|missing|couldn'?t|failed|"
                r"cannot)|"
                r"no tokenizer|tokenizer class .{0,60}(not|n't) (exist|currently)",
                STRONG,
                unless="serving",
            ),
            sign(
                "tokenizer_config",
                r"(unable to parse|could not (retrieve|find|parse)).{0,40}tokenizer[ _]config",
                TRACE,
            ),
            sign(
                "tokenizer tokenizer_config",
                r"(unable to parse|could not (retrieve|find|parse)).{0,40}tokenizer config",
                TRACE,
            ),
            sign(
                "sentencepiece tiktoken protobuf",
                r"(install|requires?|need\w*|no module named).{0,40}(sentencepiece|tiktoken|"
                r"protobuf)|"
                r"(sentencepiece|tiktoken|protobuf).{0,60}(not (found|installed)|is required|"
                r"missing)",
                STRONG,
            ),
            sign(
                "untagged modelwrapper",
                r"untagged enum (modelwrapper|pretokenizer\w*|normalizerwrapper|"
                r"decoderwrapper)|modelwrapper",
                STRONG,
            ),
            sign(
                "tokenizer.json tokenizer",
                r"(tokenizer\.(json|model)|tokenizer_config\.json|special_tokens_map\.json).{0,60}"
                r"(not found|missing|does not|no such|404)|(no such file|not find|missing|"
                r"does not appear to have).{0,100}tokenizer\.(json|model)",
                STRONG,
            ),
            sign("tokenizer vocabulary", r"error (loading|in) .{0,20}(tokenizer|vocab)", LIKELY),
        ),
        phase=Phase.SERVING,
        sources=(
            "https://huggingface.co/docs/text-generation-inference/messages_api",
            "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        ),
    ),
    Cause(
        id="safetensors_conversion_failure",
        title="The weights could not be turned into safetensors, or a part of them is missing.",
        explanation=(
            "TGI converts `.bin` weights when a repository has no safetensors. Tensors that share "
            "memory, a part that is missing, or a truncated file stop it."
        ),
        against="A full disk or a killed process in the same log: then that is the cause.",
        fix=(
            "Take a repository with safetensors, or convert once on a large machine "
            "(`save_pretrained(..., safe_serialization=True)`), upload it with `slm upload-model`, "
            "and name it in `model_data_url`."
        ),
        signatures=(
            sign(
                "convert convert_files convert_file convert_to_safetensors _remove_duplicate_names "
                "conversion",
                r"\b(convert_files?|_remove_duplicate_names|convert_to_safetensors)\b",
                STRONG,
                unless="signal_seen",
            ),
            sign(
                "convert conversion converting",
                r"(convert|conversion|converting).{0,80}(fail|error|stop|exit|signal|not possible|"
                r"unable)|(fail|error|unable|cannot|could not).{0,60}conver(t|sion).{0,80}"
                r"(safetensors|weights)",
                LIKELY,
            ),
            sign(
                "safetensors safetensorerror",
                r"safetensorerror|error while deserializing header|headertoolarge|"
                r"metadataincompletebuffer|invalidheader\w*|incomplete metadata",
                STRONG,
            ),
            sign(
                "weights safetensors",
                r"no (local )?(weights|\.?safetensors).{0,40}(found|for (model|extension))|"
                r"no \.?(safetensors|bin).{0,40}(weights|files?).{0,30}found|"
                r"could not find .{0,40}(\.safetensors|safetensors weights)|"
                r"weight .{0,80}(does not|doesn't) exist",
                LIKELY,
            ),
            sign(
                "share shared",
                r"(tensors|weights).{0,40}shar(e|ing) memory|shared tensors|"
                r"removing these keys might",
                STRONG,
            ),
            sign(
                "pytorchstreamreader zip unpickling pickle",
                r"pytorchstreamreader failed|invalid magic number|unpicklingerror|"
                r"failed finding central directory",
                LIKELY,
            ),
            sign(
                "runtimeerror",
                r"weight .{0,80}(does not|doesn't) exist|key .{0,60} not found in "
                r".{0,30}safetensors",
                HINT,
            ),
            sign(
                "tensors magic gguf",
                r"(invalid magic|wrong (number of|shape)|missing) .{0,20}(tensors?|gguf|"
                r"characters)|"
                r"data is not within the file bounds|corrupted or incomplete",
                LIKELY,
            ),
        ),
        phase=Phase.START,
        sources=("https://huggingface.co/docs/safetensors/torch_shared_tensors",),
    ),
)
