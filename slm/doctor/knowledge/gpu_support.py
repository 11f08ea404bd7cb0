"""What the GPU's generation cannot compute."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

GPU_SUPPORT: Final = (
    Cause(
        id="quantization_unsupported_on_gpu",
        title="This GPU's generation cannot compute the weights' format.",
        explanation=(
            "bfloat16, AWQ-Marlin and FlashAttention 2 begin with compute capability 8.0 (A10G: "
            "ml.g5), fp8 with 8.9 (L4: ml.g6). A T4 (ml.g4dn) has 7.5."
        ),
        against='The engine says it uses something else instead ("falling back"), and goes on.',
        fix=(
            'A newer GPU: `instance_type = "ml.g5.2xlarge"` (8.6) or `"ml.g6.2xlarge"` (8.9); or a '
            "format that the GPU has."
        ),
        fix_for={
            "tgi": '`quantize = "bitsandbytes-nf4"` runs on a T4; `DTYPE = "float16"` avoids bf16.',
            "vllm": '`[container_environment]` `SM_VLLM_DTYPE = "half"` avoids bfloat16 on a T4.',
        },
        signatures=(
            sign(
                "attention kernels awq",
                r"(flash attention( v2)?|\b(exllama|gptq|awq|marlin)\b.{0,20} kernels) (is|are) "
                r"not installed|seem to have awq installed",
                LIKELY,
                unless="fallback",
            ),
            sign("attention", r"requires flash attention enabled", LIKELY),
            sign(
                "gpu",
                r"\b(awq|gptq|fp8)\b.{0,40}only available on gpu|gpu is required to run",
                LIKELY,
            ),
            sign("_check_if_gpu_supports_dtype", r"\bin _check_if_gpu_supports_dtype\b", STRONG),
            sign(
                "capability",
                r"(only supported|requires?|not supported|minimum|at least|need\w*|unsupported|"
                r"supports? only|lower than|less than).{0,120}(compute )?capability|"
                r"(compute )?capability.{0,100}(not supported|required|at least|too low|"
                r"unsupported|>=|requires|minimum)",
                PROOF,
                unless="fallback",
            ),
            sign(
                "bfloat16 bf16",
                r"b(float|f)16.{0,60}(not supported|only supported|unsupported|not implemented|"
                r"not available)|(not|n't) support.{0,20}b(float|f)16",
                STRONG,
            ),
            sign(
                "quantization quantize quantized quant_method supported",
                r"quanti[sz]\w*( method)?.{0,60}not (currently )?supported.{0,60}(gpu|device|"
                r"hardware|platform|capability|card)|quanti[sz]ation .{0,80}not supported",
                STRONG,
            ),
            sign(
                "fp8 awq gptq marlin w4a16 w8a8 nvfp4 mxfp4 exllama exl2 machete int4 fp4 eetq",
                r"(fp8|awq|gptq|marlin|w\d+a\d+|nvfp4|mxfp4|exllama|machete|eetq|fp4).{0,80}"
                r"(not (been )?(supported|available|compatible|implemented)|unsupported|only "
                r"support|"
                r"requires?|needs?|cannot be used|no kernel|incompatible).{0,80}"
                r"(gpu|sm_?\d\d|sm\d\d|cuda|compute|hopper|ampere|ada|capability|device|turing|"
                r"volta|"
                r"h100|hardware)",
                STRONG,
                unless="fallback",
            ),
            sign(
                "flash flashattention flashattention2 flash_attn",
                r"flash ?-?_?(attention|attn)\w*( v?2)?.{0,40}(only supports|requires|not "
                r"supported|"
                r"needs).{0,60}(ampere|gpus?|sm|turing|hopper|newer)",
                STRONG,
                unless="fallback",
            ),
            sign(
                "flash flashattention",
                r"flash ?-?(attention|attn).{0,80}(only supports|not supported|requires)",
                HINT,
            ),
            sign(
                "kernel compiled function",
                r"no kernel image is available|no (suitable|compatible|valid) kernel|"
                r"failed to find a kernel|invalid device function|"
                r"not compiled (with|for) .{0,20}(sm_|compute)",
                STRONG,
            ),
            sign(
                "sm_75 sm_70 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120 sm75 sm80 sm90",
                r"(requires?|not (supported|compatible)|feature|at least|target|unsupported).{0,60}"
                r"\bsm_?\d\d+|\bsm_?\d\d+.{0,60}(not (supported|compatible)|or higher|required|"
                r"unsupported)",
                STRONG,
            ),
            sign(
                "not_enough feature error",
                r"feature .{0,40}requires .target sm|ptxas .{0,40}error",
                STRONG,
            ),
            sign(
                "triton fp8e4nv",
                r"triton.{0,80}(fp8e4nv|not supported in this architecture)|fp8e4nv",
                STRONG,
            ),
            sign("fp8e4nv", r"fp8e4nv .{0,60}not supported", PROOF),
            sign(
                "dtype float16 bfloat16 half",
                r"(awq|gptq|quanti[sz]ation).{0,60}(bfloat16|float16|dtype).{0,40}not supported|"
                r"(torch\.)?(b?float16) is not supported for (quanti|awq|gptq)",
                LIKELY,
            ),
            sign(
                "gpu require requires need needs",
                r"(requires?|needs?) (an? )?(ampere|hopper|ada|newer) (gpu|or)",
                STRONG,
            ),
            sign(
                "t4 v100 bf16 bfloat16 fp8 awq gptq marlin",
                r"\b(t4|v100|bf16|bfloat16|fp8|awq|gptq|marlin)\b.{0,80}(not|n't|un) ?-?support",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=(
            "https://docs.vllm.ai/en/latest/features/quantization/supported_hardware.html",
            "https://developer.nvidia.com/cuda-gpus",
        ),
    ),
)
