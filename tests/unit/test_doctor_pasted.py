"""What somebody gives: text of any size, JSON of a known form, and what is neither."""

import gzip
import io
import json
from typing import BinaryIO

import pytest

from slm.doctor.case import EvidenceUnreadable
from slm.doctor.infer import Diagnosis, diagnose
from slm.doctor.pasted import read_pasted

OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 MiB"


class Endless(io.RawIOBase):
    """A stream that never ends.

    Args:
        block: What it gives each time.
    """

    def __init__(self, block: bytes) -> None:
        self.block = block
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += len(self.block)
        return self.block


def pasted(text: str | bytes) -> Diagnosis:
    return diagnose(read_pasted(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def flaw(text: str) -> str:
    evidence = read_pasted(io.BytesIO(text.encode()))
    assert not diagnose(evidence).candidates
    return evidence.flaw


def test_a_case() -> None:
    text = json.dumps({"id": 1, "evidence": {"cfn_reason": "exec format error"}})
    assert pasted(text).candidates[0].cause.id == "wrong_image_for_serving"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"timestamp": 1, "message": "Traceback\\\\n  in load_model\\\\n{OOM}"}}\n',
        f'{{"message": "in load_model"}}\n{{"message": "{OOM}"}}\n{{"message": "cut o',
        f"2026-11-24T10:00:00 AllTraffic/i-1 #033[2m in load_model: #033[31m{OOM}#033[0m\n",
        json.dumps({"events": [{"message": "in load_model"}, {"message": OOM}]}),
        ("in load_model\r\n" + OOM).encode("utf-16"),
        b"\xef\xbb\xbf" + json.dumps({"log_lines": ["in load_model", OOM]}).encode(),
        f"[2026-11-24 10:00:00] [12] [INFO] in load_model\n{OOM}",
    ],
    ids=["json line", "json lines", "logs tail", "get-log-events", "utf-16", "bom", "bracket"],
)
def test_forms_of_logs(text: str | bytes) -> None:
    assert pasted(text).candidates[0].cause.id == "gpu_oom_weights"


@pytest.mark.parametrize("text", ["INFO fine\n", "[12] [INFO] fine", '{"level": "INFO"}\n'])
def test_a_healthy_text_has_no_flaw(text: str) -> None:
    assert flaw(text) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing in it"),
        ("\n\n", "nothing in it"),
        ("{}", "nothing in this JSON"),
        ("[]", "nothing in this JSON"),
        ('{"failure_reason": "x", "log_lines": [', "cannot be read"),
        ('{"events": [\n  {"message": "x"},', "cannot be read"),
        ('{"foo": 1}', "it has foo"),
        ('{"failure_reasn": "all is well"}', "is failure_reason meant"),
    ],
)
def test_json_that_is_no_evidence_is_never_called_healthy(text: str, words: str) -> None:
    assert words in flaw(text)


def test_a_cause_in_broken_json_is_found_all_the_same() -> None:
    found = pasted(f'{{"log_lines": ["in load_model", "{OOM}", "')
    assert found.candidates[0].cause.id == "gpu_oom_weights"
    assert "cannot be read" in found.unseen[0]


def test_an_answer_in_json_is_text() -> None:
    assert pasted('{"message": "Forbidden"}').candidates[0].cause.id == "api_key_not_in_usage_plan"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bytes(range(256)) * 40, "no text"),
        (b"\0" * 5000, "no text"),
        (gzip.compress(b"CUDA out of memory"), "gunzip"),
        (b'[{"log_lines": ["a"]}, {"http": "b"}]', "several cases"),
        (b'{"log_lines": ["a"]}\n{"log_lines": ["b"]}\n', "several cases"),
        (b'{"log_lines": ' + b"[" * 100_000, "nested too deeply"),
    ],
    ids=["binary", "zeros", "gzip", "a list of cases", "lines of cases", "deep"],
)
def test_what_cannot_be_read_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(EvidenceUnreadable, match=words):
        read_pasted(io.BytesIO(data))


def test_a_source_without_end_is_left_after_a_while() -> None:
    stream = Endless(b"INFO all is well with the model\n" * 1000)
    source: BinaryIO = stream  # type: ignore[assignment]
    found = diagnose(read_pasted(source, most=4 * 1024**2))
    assert found.unseen == ("What comes after the first 4 MB.",)
    assert stream.given < 5 * 1024**2
