"""The host's memory, disk and shared memory."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, TRACE, Cause, Phase, sign, status

HOST: Final = (
    Cause(
        id="host_oom",
        title="The instance's main memory ended, not the GPU's.",
        explanation=(
            "The kernel kills the process that takes too much (signal 9, exit code 137), often "
            "without a line of its own. Loading needs room for a checkpoint's largest part, "
            "quantizing on the fly and `.bin` conversion for much more."
        ),
        against="An out-of-memory error that names CUDA: that is the GPU's memory.",
        fix=(
            'An `instance_type` with more main memory and the same GPU (`"ml.g4dn.2xlarge"` '
            'instead of `"ml.g4dn.xlarge"`).'
        ),
        fix_for={
            "tgi": "Or a checkpoint in safetensors, which is not copied.",
            "vllm": "Or a checkpoint in safetensors, which is not copied.",
            "llama.cpp": "Or a smaller `gguf_file`.",
        },
        signatures=(
            sign("exitcode exit_code", r"\bexit_?code\W{1,4}137\b", LIKELY),
            sign("allocate", r"unable to allocate .{0,40} for an array", STRONG),
            sign("swap", r"too large swap space", LIKELY),
            sign(
                "signal signaled signalled",
                r"signal(ed|led)?:?( to shutdown)?( with)?( signal)? ?\(?(9\b|kill)|\(signal 9\)|"
                r"signal 9\b",
                STRONG,
            ),
            sign("sigkill", r"\bsigkill\b", STRONG),
            sign("137", r"exit(ed)?( with)?( status| code)?[ :=]*137\b", STRONG),
            sign("9", r"exit ?(code|status)[ :=]*-9\b", STRONG),
            sign("oomkilled", r"oomkilled", PROOF),
            sign(
                "oom kill killed killer",
                r"out of memory:? kill(ed)? process|oom[-_]kill|oom killer",
                PROOF,
            ),
            sign(
                "killed",
                r"^\W*(\S+ ){0,3}killed\s*$|\]\s?killed\s*$|\d+ killed\b|"
                r"\b(gets?|got|was|is|been|process|worker|message) \W?killed\b(?! (by|with) )",
                LIKELY,
            ),
            sign(
                "ray memory oom",
                r"ray\.exceptions\.outofmemory|exceeds the memory usage threshold|"
                r"ray-oom-prevention|due to (the node running low on memory|memory "
                r"pressure)|killed .{0,60}memory pressure|node .{0,40}low on memory",
                PROOF,
            ),
            sign(
                "allocate memory errno bad_alloc defaultcpuallocator mmap",
                # llama.cpp goes on where it may not lock: "... previously locking 0 bytes): ...".
                r"(?<!bytes\): )cannot allocate memory|errno[ =]12\b|std::bad_alloc|"
                r"defaultcpuallocator|not enough memory: you tried to allocate|unable to mmap \d+",
                STRONG,
            ),
            sign("bad_alloc", r"std::bad_alloc", STRONG),
            sign("memoryerror", r"(^|\W)memoryerror\b", STRONG),
            sign(
                "memory",
                r"(insufficient|system out of|not enough (system|host|cpu)|out of (host|cpu|"
                r"system))"
                r" ?memory(?!.{0,60}\b(cuda|gpu|kv)\b)|\bran out of memory\b",
                STRONG,
            ),
            sign("507", status("507"), 0.35),
            sign("worker", r"worker (died|exited|process .{0,40}died)", TRACE),
            sign("mmap", r"mmap .{0,60}failed|failed to mmap", HINT),
            sign(
                "ram memory",
                r"\b(cpu|system|host|main)[ /](cpu )?(ram|memory)|\bram\b",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/notebooks-available-instance-types.html",
        ),
    ),
    Cause(
        id="disk_full",
        title="The disk is full.",
        explanation=(
            "The download, the unpacked archive or the converted weights do not fit the volume. "
            "Converting `.bin` files needs twice the room."
        ),
        against="The path is `/dev/shm`, or NCCL says it: that is shared memory.",
        fix=(
            "An `instance_type` with a larger disk (those with NVMe, such as ml.g5, use it), or a "
            "repository that holds its weights once; from S3 name the files' prefix instead of an "
            "archive in `model_data_url`."
        ),
        signatures=(
            sign(
                "ephemeral",
                r"low on resource: ephemeral|ephemeral (local )?storage usage exceeds",
                STRONG,
            ),
            sign("space", r"(?<!')not enough space\b", LIKELY),
            sign(
                "space errno enospc",
                r"no space left on device(?!.{0,80}/dev/shm)|errno 28\b(?!.{0,80}/dev/shm)|enospc",
                PROOF,
            ),
            sign(
                "disk storage enough volume",
                r"not enough (free )?(disk|storage)|insufficient (disk|storage)|disk (is )?full|"
                r"disk quota exceeded|out of disk|(exceeds?|larger than|too large for).{0,60}"
                r"(disk|storage|volume)|enough (disk )?space|only has [\d.]+ ?\wb free disk",
                STRONG,
            ),
            sign("storagefull", r"\bstoragefull\b", PROOF),
            sign("archive", r"model data archive is too large", PROOF),
            sign(
                "volume volumesizeingb",
                r"volume ?size.{0,60}(too small|exceed|not enough)|(no|not enough) space.{0,40}"
                r"volume",
                STRONG,
            ),
            sign(
                "disk storage volume space",
                r"(disk|storage|volume).{0,60}(full|space|small)|(insufficient|enough|out of|"
                r"no) (disk |storage )?space",
                TOLD,
                given="told",
            ),
        ),
        contradicted_by={"shm_words": 0.4},
        phase=Phase.START,
        sources=("https://docs.aws.amazon.com/sagemaker/latest/dg/host-instance-storage.html",),
    ),
    Cause(
        id="shm_too_small",
        title="The shared memory between the shards is too small.",
        explanation=(
            "Shards on several GPUs talk through `/dev/shm`. A write beyond its end is a bus "
            "error, signal 7, which leaves no Python traceback. SageMaker does not let a user "
            "enlarge it."
        ),
        against="One GPU only: then nothing is shared, and the file system or memory is at fault.",
        fix=(
            "An instance with one GPU that is large enough (`slm plan`), or NCCL without shared "
            'memory: `[container_environment]` `NCCL_SHM_DISABLE = "1"`. Outside of SageMaker: '
            "`docker run --shm-size 1g`."
        ),
        signatures=(
            sign("watchdog", r"watchdog caught collective operation timeout", HINT),
            sign("signal", r"signal ?:?( with)?( signal)? ?\(?7\b|signal 7\b", PROOF),
            sign("sigbus", r"\bsigbus\b", PROOF),
            sign("bus", r"\bbus error\b", STRONG),
            sign("ncclshmopen ncclshmallocateshareablebuffer", r"\bncclshm(open|alloc)", LIKELY),
            sign("7 135", r"exit ?(code|status)[ :=]*(-7|135)\b", STRONG),
            sign(
                "shm insufficient",
                r"insufficient shared memory|shared memory \(shm\)|/dev/shm.{0,120}(no space|full|"
                r"too small|resize|limit|enough)|(no space|unable|failed|error|increase|"
                r"errno).{0,120}"
                r"(/dev/shm|shm[-_]size)",
                PROOF,
            ),
            sign(
                "nccl ncclsystemerror",
                r"nccl error.{0,160}unhandled system error|ncclsystemerror",
                HINT,
            ),
            sign(
                "shared",
                r"(error|failed|unable).{0,40}(creat|attach|extend|allocat)\w* (a )?shared memory",
                STRONG,
            ),
            sign(
                "shared shm ncclshmopen ncclshm",
                r"shared memory|\bshm\b|ncclshm",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.START,
        sources=("https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html",),
    ),
)
