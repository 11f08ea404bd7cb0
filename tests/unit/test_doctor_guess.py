"""The guess where no signature matches: it speaks of failures only, and is never sure."""

import re
from typing import Any

import pytest

from slm.doctor.answer import GUESSED, Place, facts
from slm.doctor.case import evidence_of_case
from slm.doctor.guess import LEAST_GUESSED, MOST_GUESSED, guesses, spell, terms_of
from slm.doctor.infer import Diagnosis, diagnose
from slm.doctor.knowledge import CAUSES
from slm.doctor.knowledge.terms import TERMS
from slm.doctor.scan import Line
from slm.doctor.sources import Source

STRANGE = "WeightLoadError: turing card rejects marlin"
"""A message that no release of any engine has."""


def case(**fields: Any) -> Diagnosis:
    return diagnose(evidence_of_case(fields))


def line(text: str, number: int = 0, source: Source = Source.LOG) -> Line:
    return Line(number, frozenset(), text.encode(), source)


# --- The table ------------------------------------------------------------------------------


def test_each_cause_has_terms() -> None:
    assert TERMS.keys() == {cause.id for cause in CAUSES}


@pytest.mark.parametrize("words", TERMS.values(), ids=TERMS.keys())
def test_terms_are_spelled_as_text_is(words: str) -> None:
    for term in terms_of(words):
        assert re.fullmatch("[a-z0-9]+( [a-z0-9]+)* ?", term), term


def test_a_text_is_spelled_in_plain_words() -> None:
    spelled = spell("AccessDeniedException: max_input_length=3")
    assert spelled == " access denied exception max input length 3 "


# --- When it speaks -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"log_lines": [STRANGE]}, "quantization_unsupported_on_gpu"),
        ({"http": "418 your prompt breaks the context window"}, "request_token_limit"),
        ({"cfn_reason": "Please raise the quota of endpoint usage"}, "instance_quota_zero"),
        ({"failure_reason": "Grumpy registry: the digest of the tag"}, "image_not_found_ecr"),
    ],
)
def test_words_of_a_failure_are_enough_for_a_guess(fields: dict[str, Any], cause: str) -> None:
    found = case(**fields)
    assert found.candidates[0].cause.id == cause
    assert found.candidates[0].evidence
    assert all(LEAST_GUESSED <= c.confidence <= MOST_GUESSED for c in found.candidates)
    assert len(found.candidates) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "INFO marlin kernels for a turing card",
        "WARNING: a marlin kernel failed for turing, another one runs",
        "marlin kernels for a turing card",
        '{"errors": 0, "kernel": "marlin"}',
        "something went wrong, it failed",
    ],
)
def test_without_a_failure_or_its_words_it_is_silent(text: str) -> None:
    assert case(log_lines=[text]).candidates == ()


@pytest.mark.parametrize(
    "answer",
    [
        '200 {"generated_text": "You must not exceed the quota, or marlin fails"}',
        {"status": 200, "body": "The error was that marlin failed on a turing card"},
    ],
)
def test_what_a_model_answers_is_no_failure(answer: object) -> None:
    assert case(http=answer).candidates == ()


def test_a_failure_that_was_got_over_is_no_failure() -> None:
    ready = "INFO: Application startup complete."
    assert case(log_lines=[STRANGE, ready]).candidates == ()
    assert case(log_lines=[ready, STRANGE]).guessed


def test_what_runs_is_not_guessed_about() -> None:
    evidence = evidence_of_case({"log_lines": [STRANGE]})
    evidence.facts.add("runs")
    assert diagnose(evidence).candidates == ()


def test_single_requests_fail_every_day() -> None:
    assert guesses([line(STRANGE, source=Source.FUNCTION)]) == []
    assert guesses([line(STRANGE, source=Source.LOG)])


def test_a_word_in_many_lines_counts_once() -> None:
    once, often = ([line(STRANGE + "z" * n, n) for n in range(count)] for count in (1, 50))
    assert [g.confidence for g in guesses(once)] == [g.confidence for g in guesses(often)]


def test_lines_that_were_read_long_ago_are_forgotten() -> None:
    later = [f"{'x' * n} fatal" for n in range(2, 300)]
    assert not case(log_lines=[STRANGE, *later]).candidates


# --- Beside signatures ----------------------------------------------------------------------


def test_what_a_signature_names_needs_no_guess() -> None:
    found = case(log_lines=["CUDA out of memory.", STRANGE])
    assert found.candidates[0].cause.id == "gpu_oom_weights"
    assert "quantization_unsupported_on_gpu" not in {c.cause.id for c in found.candidates}
    assert not found.guessed


def test_a_poor_signature_stays_first_and_others_are_guessed_after_it() -> None:
    found = case(log_lines=["INFO Waiting for shard to be ready... rank=0", STRANGE])
    names = [c.cause.id for c in found.candidates]
    assert names[:2] == ["startup_health_timeout", "quantization_unsupported_on_gpu"]
    assert not found.guessed


def test_the_answer_says_that_it_is_a_guess() -> None:
    assert facts(case(log_lines=[STRANGE]), Place())["message"] == GUESSED
