"""The doctor: each cause by our own examples, order, context, and text that means harm."""

import io
import json
import re
from typing import Any

import pytest

from slm.doctor.answer import Place, facts
from slm.doctor.case import EvidenceUnreadable, evidence_of_case
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
        assert first(case(**example)) == cause.id


@pytest.mark.parametrize("item", [*MARKS, *(s for c in CAUSES for s in c.signatures)])
def test_words_of_a_signature_can_be_looked_up(item: Any) -> None:
    re.compile(item.pattern)
    assert item.words
    assert all(re.fullmatch("[a-z0-9_.-]+", word) for word in item.words)


def test_conditions_name_what_there_is() -> None:
    known = {m.name for m in MARKS} | {
        "request", "many_gpus", "one_shard_many_gpus", "custom_container", "plan_fits",
        "plan_weights_too_large", "plan_kv_too_large", "no_log_streams", "creating",
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
        ('"POST /invocations HTTP/1.1" 200', "gpu_oom_runtime"),
    ],
)
def test_what_came_before_decides(before: str, cause: str) -> None:
    assert first(pasted(f"INFO start\n{before}\n{OOM}\n")) == cause


def test_one_shard_on_four_gpus() -> None:
    context = {"instance_type": "ml.g5.12xlarge", "env": {"SM_NUM_GPUS": 1}}
    assert first(case(log_lines=[OOM], context=context)) == "wrong_num_shard"


def test_the_plan_says_that_the_weights_do_not_fit() -> None:
    context = {"model": "NousResearch/Hermes-3-Llama-3.1-8B", "instance_type": "ml.g4dn.xlarge"}
    found = case(log_lines=[OOM], context=context)
    assert first(found) == "gpu_oom_weights"
    assert found.candidates[0].confidence > case(log_lines=[OOM]).candidates[0].confidence


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


def test_case_in_a_file() -> None:
    text = json.dumps({"id": 1, "evidence": {"cfn_reason": "exec format error"}})
    assert first(pasted(text)) == "wrong_image_for_serving"


def test_a_broken_case_is_refused() -> None:
    with pytest.raises(EvidenceUnreadable, match="cannot be read"):
        pasted('{"failure_reason": "x", "log_lines": [')


@pytest.mark.parametrize(
    "text",
    [
        f'{{"timestamp": 1, "message": "Traceback\\\\n  in load_model\\\\n{OOM}"}}\n',
        f"2026-11-24T10:00:00 AllTraffic/i-1 #033[2m in load_model: #033[31m{OOM}#033[0m\n",
        json.dumps({"events": [{"message": "in load_model"}, {"message": OOM}]}),
        ("in load_model\r\n" + OOM).encode("utf-16"),
    ],
    ids=["json line", "logs tail", "get-log-events", "utf-16"],
)
def test_forms_of_logs(text: str | bytes) -> None:
    assert first(pasted(text)) == "gpu_oom_weights"


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
