"""The model's architecture, and code of its own."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

ARCHITECTURE: Final = (
    Cause(
        id="unsupported_architecture",
        title="The image's engine does not know this kind of model.",
        explanation=(
            "The model is newer than the engine or its transformers library, or of another sort "
            "(an encoder, a vision model). TGI then falls back to AutoModel, which it cannot shard."
        ),
        against="The repository brings its own code: then `trust_remote_code` is asked for.",
        fix=(
            "A newer image (`image_uri`), a model of the engine's list, or another engine that "
            "knows it."
        ),
        fix_for={
            "tgi": '`engine = "vllm"` knows the newest models.',
            "llama.cpp": "A GGUF that is newer than the image needs a newer image.",
        },
        signatures=(
            sign("attribute", r"config\W{1,2} object has no attribute", LIKELY),
            sign("rope", r"rope scaling type \S+ is not implemented", STRONG),
            sign("module", r"no module or parameter named", STRONG),
            sign(
                "keyerror",
                r"keyerror: ?\W{0,2}[\w.]{0,120}\.(weight|bias|scales?|weight_scale\w*)\b",
                LIKELY,
            ),
            sign("unrecognized", r"unrecognized model in\b", STRONG),
            sign("ggml ggufv1", r"invalid ggml type|ggufv1 is no longer supported", STRONG),
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
            sign("implementation", r"has no vllm implementation", PROOF),
            sign("determine", r"could not determine model type", LIKELY),
            sign("hyperparameters", r"error loading model hyperparameters", LIKELY),
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
                "importerror attributeerror transformers attribute import",
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
                "configuration unrecognized registered",
                r"unrecogni[sz]ed configuration class|no (model|architecture) .{0,40}registered",
                STRONG,
            ),
            sign(
                "rope_scaling unknown",
                r"rope_scaling.{0,80}(must be|expected|unknown|invalid|unsupported)|"
                r"unknown rope",
                STRONG,
            ),
            sign(
                "notimplementederror",
                r"notimplementederror.{0,80}(model|architecture|attention|flash|config)",
                LIKELY,
            ),
            sign(
                "pre unknown",
                r"unknown (pre-?tokenizer|model) type|unknown pre-tokenizer",
                LIKELY,
            ),
            sign("size mismatch", r"(size|shape) mismatch for|shapes? .{0,30}mismatch", HINT),
            sign(
                "supported support architecture",
                r"\b(model|architecture)\b.{0,60}(not|n't|un) ?-?(yet )?support",
                TOLD,
                given="told",
            ),
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
        fix="Read that code; allow it if you trust it, and pin `hf_model_revision` with it.",
        fix_for={
            "tgi": '`[container_environment]` `TRUST_REMOTE_CODE = "true"`.',
            "vllm": '`[container_environment]` `SM_VLLM_TRUST_REMOTE_CODE = "true"`.',
            "llama.cpp": "It runs no code of a repository: take a GGUF of the model.",
        },
        signatures=(
            sign(
                "trust_remote_code trust",
                r"\b(set(ting)?|pass(ing)?|use|enable|requires?|required|needs?|without|option|"
                r"argument|allow)\b"
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
            sign(
                "trust_remote_code code",
                r"trust_remote_code|(custom|remote) code",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=("https://huggingface.co/docs/transformers/models",),
    ),
)
