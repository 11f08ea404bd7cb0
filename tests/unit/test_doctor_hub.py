"""What the Hub says of a model that did not come up."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from slm.doctor.evidence import Context, Evidence
from slm.doctor.hub_evidence import ask_hub
from slm.doctor.infer import diagnose

Asked = Callable[[Evidence], str]
NOBODY = "http://127.0.0.1:9"


@contextmanager
def hub(status: int, body: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        thread.join()


def first(evidence: Evidence) -> str:
    found = diagnose(evidence).candidates
    return found[0].cause.id if found else ""


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (401, "{}", "model_not_found"),
        (404, "{}", "model_not_found"),
        (200, json.dumps({"gated": "manual"}), "gated_model_no_token"),
        (200, json.dumps({"gated": False}), ""),
        (200, "[]", ""),
    ],
)
def test_a_models_page(status: int, body: str, cause: str) -> None:
    evidence = Evidence(context=Context(model="a/b"))
    with hub(status, body) as address:
        ask_hub(evidence, hub=address)
    assert evidence.seen == ["the Hub's page of a/b"]
    assert first(evidence) == cause


def test_a_gated_model_with_a_token() -> None:
    evidence = Evidence(context=Context(model="a/b", environment={"HF_TOKEN": "x"}))
    with hub(200, json.dumps({"gated": "auto"})) as address:
        ask_hub(evidence, hub=address)
    assert first(evidence) == ""


def test_a_page_that_is_no_json() -> None:
    evidence = Evidence(context=Context(model="a/b"))
    with hub(200, "<html>") as address:
        ask_hub(evidence, hub=address)
    assert evidence.unseen == ["The Hub's page of a/b: it cannot be reached from here."]


@pytest.mark.parametrize("model", ["", "none", "/opt/ml/model", "/a"])
def test_what_is_no_name_of_the_hub_is_not_asked_for(model: str) -> None:
    evidence = Evidence(context=Context(model=model))
    ask_hub(evidence, hub=NOBODY)
    assert (evidence.seen, evidence.unseen) == ([], [])
