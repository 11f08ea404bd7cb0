"""The tokenizer, and the form of the weights."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, TRACE, Cause, Phase, sign

TOKENIZER_AND_WEIGHTS: Final = (
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
            '`"apply_chat_template": false` sends the prompt as it is.'
        ),
        fix_for={
            "tgi": (
                "`[container_environment]` `TOKENIZER_CONFIG_PATH` names another template. Or copy "
                "the tokenizer's files next to the weights, and serve them from S3 "
                "(`model_data_url`)."
            ),
            "vllm": (
                "`[container_environment]` `SM_VLLM_CHAT_TEMPLATE` names another template. Or copy "
                "the tokenizer's files next to the weights, and serve them from S3 "
                "(`model_data_url`)."
            ),
            "llama.cpp": '`[container_environment]` `SM_LLAMA_CPP_CHAT_TEMPLATE = "chatml"`.',
        },
        signatures=(
            sign("apply_chat_template", r"no attribute .apply_chat_template", LIKELY),
            sign("tokenizer_error tokenizer", r"\btokenizer[_ ]error\b", LIKELY),
            sign(
                "template chat_template",
                r"\bno chat[ _]template|chat_template is not supported",
                STRONG,
            ),
            sign(
                "template template_error",
                r"template (error|not found|is missing)|template_error|"
                r"(chat[ _]template|template)\b(?![=:]).{0,80}(not (found|set|defined|provided|"
                r"allowed)|"
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
                "tokenizer_config tokenizer",
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
                "tokenizer.json tokenizer json",
                r"(tokenizer\.(json|model)|tokenizer_config\.json|special_tokens_map\.json).{0,60}"
                r"(not found|missing|does not|no such|404)|(no such file|not find|missing|"
                r"does not appear to have).{0,100}tokenizer\.(json|model)",
                STRONG,
            ),
            sign(
                "template tokenizer",
                r"could not parse chat template|missing template va|cannot find tokenizer vocab",
                LIKELY,
            ),
            sign(
                "tiktoken sentencepiece parsing",
                r"converting from (tiktoken|sentencepiece) failed|"
                r"error parsing line .{0,120}(tiktoken|tokenizer)",
                STRONG,
            ),
            sign(
                "tokenizer vocabulary error", r"error (loading|in) .{0,20}(tokenizer|vocab)", LIKELY
            ),
            sign(
                "template tokenizer",
                r"\b(template|tokenizer)\b.{0,60}(missing|not|no|fail|error|loaded)",
                TOLD,
                given="told",
            ),
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
            "Take a repository whose weights are whole, in the form that the engine loads; weights "
            "of your own lie in S3 (`slm upload-model`), and `model_data_url` names them."
        ),
        fix_for={
            "tgi": (
                "A repository with safetensors, or convert once on a large machine "
                "(`save_pretrained(..., safe_serialization=True)`)."
            ),
            "vllm": "A repository with safetensors, every part of which is there.",
            "llama.cpp": "Download the file again, or take another `gguf_file`.",
        },
        signatures=(
            sign("initialized", r"weights were not initialized from checkpoint", STRONG),
            sign("tensor", r"tensor .{0,60}(has wrong shape|is missing from model)", STRONG),
            sign("tensors split", r"wrong number of tensors|invalid split file", STRONG),
            sign(
                "convert convert_files convert_file convert_to_safetensors _remove_duplicate_names "
                "conversion",
                r"\b(convert_files?|_remove_duplicate_names|convert_to_safetensors)\b",
                STRONG,
                unless="signal_seen",
            ),
            sign(
                "convert conversion converting",
                r"(convert|conversion|converting)(?! from (tiktoken|sentencepiece))"
                r".{0,80}(fail|error|stop|exit|signal|not possible|"
                r"unable)|(fail|error|unable|cannot|could not).{0,60}conver(t|sion).{0,80}"
                r"(safetensors|weights)",
                LIKELY,
            ),
            sign(
                "safetensors safetensorerror deserializing headertoolarge "
                "incomplete invalidheader invalidheaderdeserialization "
                "invalidheaderlength metadataincompletebuffer",
                r"safetensorerror|error while deserializing header|headertoolarge|"
                r"metadataincompletebuffer|invalidheader\w*|incomplete metadata",
                STRONG,
            ),
            sign(
                "weights safetensors weight found",
                r"no (local )?(weights|\.?safetensors).{0,40}(found|for (model|extension))|"
                r"no \.?(safetensors|bin).{0,40}(weights|files?).{0,30}found|"
                r"could not find .{0,40}(\.safetensors|safetensors weights)|"
                r"weight .{0,80}(does not|doesn't) exist",
                LIKELY,
            ),
            sign("suitable", r"no suitable name to keep for saving", PROOF),
            sign(
                "tensors uninitialized checkpoint lfs weights",
                r"output tensors do not match|uninitialized parameters in model|"
                r"unable to load weights from|without having git-lfs|"
                r"cannot find any model weights",
                LIKELY,
            ),
            sign(
                "split corrupted", r"(missing|illegal|invalid) split file|corrupted model", LIKELY
            ),
            sign(
                "share shared removing sharing",
                r"(tensors|weights).{0,40}shar(e|ing) memory|shared tensors|"
                r"removing these keys might",
                STRONG,
            ),
            sign(
                "pytorchstreamreader zip unpickling pickle directory invalid unpicklingerror",
                r"pytorchstreamreader failed|invalid magic number|unpicklingerror|"
                r"failed finding central directory",
                LIKELY,
            ),
            sign(
                "runtimeerror safetensors weight",
                r"weight .{0,80}(does not|doesn't) exist|key .{0,60} not found in "
                r".{0,30}safetensors",
                HINT,
            ),
            sign(
                "tensor tensors magic gguf bounds corrupted characters unexpectedly",
                r"(invalid magic|wrong (number of|shape)|missing) .{0,20}(tensors?|gguf|"
                r"characters)|"
                r"data is not within the file bounds|corrupted or incomplete|"
                r"unexpectedly reached end of file",
                LIKELY,
            ),
            sign(
                "safetensors convert conversion",
                r"(safetensors|convert|conversion).{0,60}(fail|error|stop|missing)",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=("https://huggingface.co/docs/safetensors/torch_shared_tensors",),
    ),
)
