"""``slm bench`` against a server that answers."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ANSWER = b'{"choices":[],"usage":{"completion_tokens":3}}'
STREAM = (
    b'data: {"choices":[{"delta":{"content":"a"}}],"usage":{"completion_tokens":3}}\n\n'
    b"data: [DONE]\n\n"
)


class Api(BaseHTTPRequestHandler):
    """Answers with three tokens whoever has the key."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        good = self.headers["x-api-key"] == "the-key"
        body = STREAM if asked["stream"] else ANSWER
        self.send_response(200 if good else 401)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def bench(
    folder: Path, *arguments: str, key: str = "the-key"
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "slm", "bench", "--seconds", "0.1", *arguments],
        cwd=folder,
        env={**os.environ, "SLM_API_KEY": key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_kind_of_load_is_told(tmp_path: Path, url: str) -> None:
    done = bench(tmp_path, "--url", url, "--clients", "1,2", "--out", "new/out")
    assert done.returncode == 0, done.stderr
    for name in ("whole, 1 client ", "whole, 2 clients", "streamed, 1 client ", "streamed, 2"):
        assert name in done.stdout
    assert "errors: none" in done.stdout
    assert (tmp_path / "new" / "out" / "bench.md").is_file()


def test_json_is_all_that_is_on_standard_output(tmp_path: Path, url: str) -> None:
    done = bench(tmp_path, "--url", url, "--clients", "1", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["api"] == url
    assert [r["stream"] for r in result["results"]] == [False, True]
    assert all(r["requests"] and not r["errors"] for r in result["results"])


def test_a_wrong_key_ends_it(tmp_path: Path, url: str) -> None:
    done = bench(tmp_path, "--url", url, "--clients", "4", key="another")
    assert done.returncode == 1
    assert "127.0.0.1 refused the key (status 401)" in done.stderr
    assert "Is the URL right" not in done.stderr
    assert "streamed" not in done.stdout


def test_a_folder_that_cannot_be_made_is_refused_before_the_load(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = bench(tmp_path, "--url", "http://127.0.0.1:1", "--out", "file/out")
    assert done.returncode == 1
    assert "The folder file/out cannot be made" in done.stderr
    assert "whole" not in done.stdout


@pytest.mark.parametrize("clients", ["", "0", "a", "1;2", "-1"])
def test_numbers_of_clients_are_checked(tmp_path: Path, clients: str) -> None:
    done = bench(tmp_path, "--url", "http://127.0.0.1:1", f"--clients={clients}")
    assert done.returncode == 2
    assert "--clients" in done.stderr
