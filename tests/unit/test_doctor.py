"""The doctor: each cause by our own examples, order, context, and text that means harm."""

import io
import json
import re
from typing import Any

import pytest

from slm.doctor.answer import Place, facts
from slm.doctor.case import evidence_of_case
from slm.doctor.infer import Diagnosis, diagnose
from slm.doctor.knowledge import CAUSES, MARKS
from slm.doctor.pasted import read_pasted
from slm.doctor.text import MAX_SHOWN_CHARS, shown
from tests.unit.doctor_examples import EXAMPLES, HEALTHY

OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 MiB"


def pasted(text: str | bytes) -> Diagnosis:
    data = text.encode() if isinstance(text, str) else text
    return diagnose(read_pasted(io.BytesIO(data)))


def case(**fields: Any) -> Diagnosis:
    return diagnose(evidence_of_case(fields))


def first(diagnosis: Diagnosis) -> str:
    return diagnosis.candidates[0].cause.id if diagnosis.candidates else ""


# --- Knowledge --------------------------------------------------------------------------


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_every_cause_is_found_by_an_example(cause: Any) -> None:
    for example in EXAMPLES[cause.id]:
        found = case(**example)
        assert first(found) == cause.id
        assert not found.guessed


@pytest.mark.parametrize("item", [*MARKS, *(s for c in CAUSES for s in c.signatures)])
def test_words_of_a_signature_can_be_looked_up(item: Any) -> None:
    re.compile(item.pattern)
    assert item.words
    assert all(re.fullmatch("[a-z0-9_.-]+", word) for word in item.words)


def test_conditions_name_what_there_is() -> None:
    known = {m.name for m in MARKS} | {
        "request", "many_gpus", "one_shard_many_gpus", "custom_container", "plan_fits",
        "plan_weights_too_large", "plan_kv_too_large", "no_log_streams", "creating", "told",
        "kept_after_failure",
    }  # fmt: skip
    for cause in CAUSES:
        used = {*cause.facts, *cause.contradicted_by}
        for sign in cause.signatures:
            used |= sign.given | sign.unless | sign.after | sign.not_after
        assert used <= known, cause.id


def test_each_cause_has_one_label() -> None:
    assert len({cause.id for cause in CAUSES}) == len(CAUSES)


# --- The same words, another cause --------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "cause"),
    [
        ("  in get_weights", "gpu_oom_weights"),
        ("Shard ready in 3 s", "gpu_oom_kv_cache_warmup"),
        ("Warming up model", "gpu_oom_kv_cache_warmup"),
        ("llama_context: constructing", "gpu_oom_kv_cache_warmup"),
        ('"POST /invocations HTTP/1.1" 200', "gpu_oom_runtime"),
        ('"POST /v1/completions HTTP/1.1" 500 Internal Server Error', "gpu_oom_runtime"),
        ("INFO Added request cmpl-1.", "gpu_oom_runtime"),
        ("  in execute_model_async", "gpu_oom_runtime"),
        ("ERROR batch{batch_size=1}:prefill: Server error", "gpu_oom_runtime"),
    ],
)
def test_what_came_before_decides(before: str, cause: str) -> None:
    assert first(pasted(f"INFO start\n{before}\n{OOM}\n")) == cause


def test_a_warm_up_is_no_request_though_it_prefills() -> None:
    router = f"ERROR warmup{{max_prefill_tokens=4096}}:warmup: Server error: {OOM}"
    found = pasted(f"INFO Warming up model\n  in warmup\n{OOM}\n{router}\n")
    assert [c.cause.id for c in found.candidates] == ["gpu_oom_kv_cache_warmup"]
    assert first(pasted(router)) == "gpu_oom_kv_cache_warmup"


def test_a_count_is_no_time() -> None:
    counts = "The model's max seq len (29000) is larger than what KV cache holds"
    assert "apigw_29s_timeout" not in {c.cause.id for c in pasted(counts).candidates}
    assert first(pasted("Integration timeout: 29000 ms")) == "apigw_29s_timeout"


def test_no_space_left_for_shared_memory() -> None:
    lines = [
        "NCCL WARN Call to posix_fallocate failed : No space left on device",
        "NCCL WARN Error while creating shared memory segment /dev/shm/nccl-1 (size 9637888)",
    ]
    assert first(case(log_lines=lines)) == "shm_too_small"


PING = "The container did not pass the ping health check."


@pytest.mark.parametrize("loading", ["", "INFO Waiting for shard to be ready... rank=0"])
def test_what_raised_an_exception_was_not_slow(loading: str) -> None:
    slow = case(failure_reason=PING, log_lines=[loading])
    broken = case(failure_reason=PING, log_lines=[loading, "NameError: 'X' is not defined"])
    assert first(slow) == "startup_health_timeout"
    assert broken.candidates[0].confidence < slow.candidates[0].confidence


HARMLESS = (
    '10.0.0.9:5 - "GET /ping HTTP/1.1" 503 Service Unavailable',
    '169.254.1.2 "GET /ping HTTP/1.1" 502 1 "-"',
    'connect() failed (111: Connection refused) to upstream, request: "GET /ping HTTP/1.1"',
    "warning: failed to mlock 9-byte buffer (after locking 0 bytes): Cannot allocate memory",
    "WARNING Retrying (Retry(total=2)) after connection broken by 'ConnectTimeoutError': /api",
    "library load error: libcudart.so.9: cannot open shared object file",
)
CAUSE_BESIDE = {
    "unsupported_architecture": "ValueError: Model architectures ['Nine'] are not supported",
    "disk_full": "OSError: [Errno 28] No space left on device",
    "host_oom": "worker 9 was terminated due to signal 9",
}


@pytest.mark.parametrize("harmless", HARMLESS)
@pytest.mark.parametrize("cause", CAUSE_BESIDE)
def test_what_happens_at_every_start_is_not_the_cause(cause: str, harmless: str) -> None:
    assert first(case(log_lines=[harmless, CAUSE_BESIDE[cause]])) == cause
    assert first(case(log_lines=[CAUSE_BESIDE[cause], harmless])) == cause


@pytest.mark.parametrize("state", ["InService", "The endpoint is InService", "Creating"])
def test_a_state_alone_tells_of_no_failure(state: str) -> None:
    assert not case(context={"status": state}).candidates


def test_a_proxy_that_waited_for_its_server() -> None:
    waited = '10.0.0.9 "GET /ping HTTP/1.1" 502 1'
    assert first(case(log_lines=[waited])) == "custom_container_ping_broken"
    assert not case(log_lines=[waited, waited.replace("502", "200")]).candidates


def test_lines_that_differ_by_their_status_are_not_alike() -> None:
    asked = '10.0.0.9 "POST /invocations HTTP/1.1" 200 9'
    assert not pasted(f"{asked}\n" * 3).candidates
    assert first(pasted(f"{asked}\n{asked.replace(' 200 ', ' 413 ')}")) == "payload_too_large"


def test_an_answer_that_quotes_how_the_weights_were_loaded() -> None:
    assert first(case(http=f"500 in load_model: {OOM}")) == "gpu_oom_weights"
    assert first(case(http=f"500 {OOM}")) == "gpu_oom_runtime"


def test_an_own_container_that_listens_and_does_not_answer() -> None:
    found = case(
        failure_reason="The container did not pass the ping health check.",
        log_lines=[" * Running on http://0.0.0.0:8080/ (Press CTRL+C to quit)"],
        context={"image": "custom container"},
    )
    assert first(found) == "custom_container_ping_broken"


def test_an_endpoint_that_runs_on_after_a_failure() -> None:
    evidence = evidence_of_case({"failure_reason": "Something."})
    evidence.facts.add("kept_after_failure")
    assert first(diagnose(evidence)) == "endpoint_update_rolled_back"


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("the container dies, its RAM is too small", "host_oom"),
        ("downloads hang in the private subnet", "hub_download_timeout_or_no_egress"),
        ("the API gateway gives up in time", "apigw_29s_timeout"),
    ],
)
def test_what_somebody_tells_in_words_is_a_hint(status: str, cause: str) -> None:
    assert first(case(context={"status": status})) == cause
    # The same words in a log mean nothing.
    assert first(case(log_lines=[status])) == ""


def test_one_shard_on_four_gpus() -> None:
    context = {"instance_type": "ml.g5.12xlarge", "env": {"SM_NUM_GPUS": 1}}
    assert first(case(log_lines=[OOM], context=context)) == "wrong_num_shard"


def test_the_plan_says_that_the_weights_do_not_fit() -> None:
    context = {"model": "NousResearch/Hermes-3-Llama-3.1-8B", "instance_type": "ml.g4dn.xlarge"}
    found = case(log_lines=[OOM], context=context)
    assert first(found) == "gpu_oom_weights"
    assert found.candidates[0].confidence > case(log_lines=[OOM]).candidates[0].confidence


def test_the_plan_says_that_the_context_does_not_fit() -> None:
    context = {
        "model": "NousResearch/Hermes-3-Llama-3.1-8B",
        "instance_type": "ml.g5.xlarge",
        "env": {"MAX_TOTAL_TOKENS": "131072"},
    }
    assert first(case(log_lines=[OOM], context=context)) == "gpu_oom_kv_cache_warmup"


def test_an_instance_that_nobody_knows_tells_nothing() -> None:
    for instance in ("4 x A100", "my laptop", "ml.z9.xlarge"):
        context = {"model": "a/b", "instance_type": instance}
        assert first(case(log_lines=[OOM], context=context)) == "gpu_oom_weights"


def test_a_calm_line_counts_half() -> None:
    words = "this is a gated repo"
    loud, calm = case(log_lines=[words]), case(log_lines=[f"INFO {words}"])
    assert loud.candidates[0].confidence > 0.9
    assert calm.candidates[0].confidence < 0.5


def test_an_error_that_was_got_over_counts_little() -> None:
    assert pasted(
        "INFO x\n  in load_model\nkilled by signal 9\nINFO: Application startup complete."
    )
    assert first(pasted(f"  in load_model\n{OOM}\nApplication startup complete.")) == ""


# --- Healthy, missing, odd ------------------------------------------------------------------


@pytest.mark.parametrize("text", HEALTHY)
def test_healthy(text: str) -> None:
    assert pasted(text).candidates == ()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"log_lines": None, "failure_reason": None, "cfn_reason": None, "http": None},
        {"log_lines": 3, "context": "nothing", "http": ["a", {"b": [None, True]}]},
        {"context": {"env": "x", "model": 7, "instance_type": None, "status": None}},
    ],
)
def test_fields_may_be_missing_or_odd(fields: dict[str, Any]) -> None:
    assert case(**fields).candidates == ()


def test_odd_fields_are_read_all_the_same() -> None:
    assert first(case(http={"status": 500, "body": {"error": OOM}})) == "gpu_oom_runtime"
    assert first(case(log_lines={"a": [OOM]})) == "gpu_oom_weights"
    assert first(case(http={"status": 429, "body": "{}"})) == "throttled_429"


@pytest.mark.parametrize(
    "worn",
    [
        OOM.replace(" ", "  "),
        OOM.replace(" ", "\u00a0"),
        OOM.replace(" ", " [0m[31;1m"),
        json.dumps({"log": json.dumps({"message": f'x\n"{OOM}'})}),
    ],
    ids=["blanks", "hard blanks", "colours without escape", "JSON in JSON"],
)
def test_a_line_that_came_through_other_programs(worn: str) -> None:
    assert first(case(log_lines=["in load_model", worn])) == "gpu_oom_weights"


# --- Large and hostile ----------------------------------------------------------------------


def test_one_line_in_many() -> None:
    many = "".join(f"INFO request {n} of model image: 200\n" for n in range(20_000))
    found = pasted(f"{many}{OOM}\n{many}")
    assert first(found) == "gpu_oom_weights"
    assert found.lines_read == 40_001


def test_prose_does_not_hide_the_last_lines() -> None:
    words = ("model", "image", "memory", "error", "failed", "cuda")
    prose = "".join(f"{'z' * (n % 997)} {words[n % 6]} {'y' * (n % 991)}\n" for n in range(30_000))
    assert first(pasted(f"{prose}{OOM}\n")) == "gpu_oom_weights"


def test_a_huge_line() -> None:
    assert first(pasted(b"x \xff model " * 60_000 + OOM.encode() + b" z" * 60_000))


def test_hostile_lines_are_harmless() -> None:
    line = f"\x1b]0;title\x07\x1b[2J\x07{OOM} \u202e[red]x[/red]\x9b31m\x00"
    quoted = pasted(line).candidates[0].evidence[0]
    assert quoted.isprintable()
    assert "[red]x[/red]" in quoted


@pytest.mark.parametrize(
    "secret",
    [
        "hf_abcdefghijklmnop",
        "AKIAABCDEFGHIJKLMNOP",
        "sk-abcdefghijklmnopqrst",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
    ],
)
def test_secrets_are_masked(secret: str) -> None:
    for text in (secret, f"token={secret}", f'"x-api-key": "{secret}"', f"Bearer {secret}"):
        assert secret not in shown(f"{OOM} {text}")


def test_a_long_line_is_cut_around_what_matters() -> None:
    quoted = pasted(f"{'a ' * 2000}{OOM}{' b' * 1000}").candidates[0].evidence[0]
    assert "CUDA out of memory" in quoted
    assert len(quoted) <= MAX_SHOWN_CHARS + 4


# --- The answer -----------------------------------------------------------------------------


def test_answer_for_programs() -> None:
    answer = facts(case(cfn_reason="Has the environment been bootstrapped?"), Place())
    (cause,) = answer["causes"]
    assert cause["id"] == "cdk_not_bootstrapped"
    assert 0.8 <= cause["confidence"] <= 1
    assert cause["evidence"] == ["Has the environment been bootstrapped?"]
    assert "make bootstrap" in cause["fix"]


def test_the_fix_is_for_the_engine() -> None:
    found = case(log_lines=["vllm: in load_model", OOM])
    assert "AWQ or GPTQ" in found.candidates[0].fix
