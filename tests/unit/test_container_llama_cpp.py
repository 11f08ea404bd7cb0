"""The llama.cpp container passes everything on."""

import json

import pytest

from slm.errors import EndpointUnavailable, InvalidRequest, ModelFailed, ModelNotFound, SlmError
from slm.local.containers.context_limits import PromptTooLong
from slm.local.containers.llama_cpp import LlamaCppContract

CONTRACT = LlamaCppContract()
BODY = {"messages": [], "cache_prompt": False, "temperature": 0}


def test_a_body_goes_through_as_it_came() -> None:
    call = CONTRACT.read(json.dumps(BODY).encode())
    counted = {"stream": True, "stream_options": {"include_usage": True}}
    assert (call.route, call.stream) == ("/v1/chat/completions", False)
    assert call.make_body() == BODY | counted


def test_a_streamed_body_keeps_its_own_options() -> None:
    call = CONTRACT.read(json.dumps(BODY | {"stream": True}).encode())
    assert call.make_body() == BODY | {"stream": True}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_only_json_objects_are_taken(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        CONTRACT.read(body)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (InvalidRequest("x"), 400, "invalid_request_error"),
        (PromptTooLong(9, 8), 400, "exceed_context_size_error"),
        (ModelNotFound("x"), 404, "not_found_error"),
        (EndpointUnavailable("x"), 503, "unavailable_error"),
        (ModelFailed("x"), 500, "server_error"),
    ],
)
def test_errors_have_llamas_form(error: SlmError, status: int, kind: str) -> None:
    refusal = CONTRACT.refusal(error)
    fields = {"code": status, "message": error.message, "type": kind}
    assert (refusal.status, json.loads(refusal.body)) == (status, {"error": fields})


def test_a_stream_that_fails_just_breaks() -> None:
    call = CONTRACT.read(json.dumps(BODY).encode())
    with pytest.raises(ModelFailed):
        CONTRACT.error_event(ModelFailed("x"), call)
