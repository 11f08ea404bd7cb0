"""``config.json`` from the Hub, which is a server of this test."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from slm.planning.errors import PlanError
from slm.planning.hub import read_hub

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 128,
    "vocab_size": 1000,
    "max_position_embeddings": 4096,
    "torch_dtype": "bfloat16",
}
FILES = {
    "/some/model/resolve/main/config.json": json.dumps(CONFIG),
    "/some/model/resolve/main/model.safetensors.index.json": json.dumps(
        {"metadata": {"total_size": 400_000}}
    ),
    "/small/model/resolve/main/config.json": json.dumps(CONFIG),
    "/broken/model/resolve/main/config.json": "<html>",
    "/gated/model/resolve/main/config.json": "secret",
}
TOKEN = "hf_" + "test"


class Hub(BaseHTTPRequestHandler):
    """A few repositories, one of them gated."""

    def do_GET(self) -> None:
        text = FILES.get(self.path)
        status = 404 if text is None else 200
        if "gated" in self.path and self.headers["authorization"] != f"Bearer {TOKEN}":
            status = 401
        elif "gated" in self.path and text:
            text = json.dumps(CONFIG)
        elif "down" in self.path:
            status = 503
        body = (text or "").encode() if status == 200 else b""
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_the_index_tells_the_size(hub: str) -> None:
    shape = read_hub("some/model", url=hub)
    assert (shape.layers, shape.kv_heads, shape.parameters) == (2, 2, 200_000)


def test_without_an_index_the_size_is_computed(hub: str) -> None:
    assert read_hub("small/model", url=hub).parameters > 200_000


def test_a_token_opens_what_is_gated(hub: str) -> None:
    assert read_hub("gated/model", token=TOKEN, url=hub).layers == 2


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("no/model", "the Hub has no such model"),
        ("gated/model", "answered 401. The model is gated or private"),
        ("down/model", "answered 503"),
        ("broken/model", "not JSON"),
    ],
)
def test_what_the_hub_does_not_give_is_said(hub: str, model: str, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        read_hub(model, url=hub)


def test_no_network() -> None:
    with pytest.raises(PlanError, match="cannot be reached"):
        read_hub("some/model", url="http://127.0.0.1:9")
