"""Which model runs, and what a person is told when it cannot."""

import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from slm.errors import SlmError
from slm.local.models import find_model


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "some model.gguf"
    path.write_bytes(b"GGUF" + bytes(20))
    return path


@dataclass
class FakeHub:
    """A hub with one repository."""

    files: list[str]
    folder: Path
    content: bytes = b"GGUF"
    failure: Exception | None = None
    downloaded: list[tuple[str, str]] = field(default_factory=list)

    def list_repo_files(self, repo_id: str) -> list[str]:
        if self.failure is not None:
            raise self.failure
        return self.files

    def hf_hub_download(self, repo_id: str, filename: str) -> str:
        self.downloaded.append((repo_id, filename))
        path = self.folder / Path(filename).name
        path.write_bytes(self.content)
        return str(path)


def test_the_default_is_the_model_that_is_installed() -> None:
    model = find_model(None)
    assert model.is_default
    assert model.path.read_bytes()[:4] == b"GGUF"
    assert "SmolLM2" in model.name
    assert model.chat_template == "chatml"


def test_a_file_is_taken_as_it_is(gguf: Path) -> None:
    model = find_model(str(gguf))
    assert (model.path, model.name) == (gguf, "some model")
    assert model.chat_template is None
    assert not model.is_default


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("model.safetensors", b"\x00\x00", "not a GGUF file"),
        ("pointer.gguf", b"version https://git-lfs", "Git LFS"),
        ("empty.gguf", b"", "not a GGUF file"),
    ],
)
def test_another_kind_of_file_is_refused(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SlmError, match=words):
        find_model(str(path))


@pytest.mark.parametrize(
    "spec", ["/nowhere/model.gguf", "model.gguf", "owner/model.gguf", "", "a b/c", "owner/x:y.bin"]
)
def test_what_is_not_there_is_named(spec: str, tmp_path: Path) -> None:
    hub = FakeHub([], tmp_path)
    with pytest.raises(SlmError) as caught:
        find_model(spec, hub=hub)
    assert "--model" in caught.value.message
    assert not hub.downloaded


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SlmError, match="folder"):
        find_model(str(tmp_path))


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["README.md", "only.gguf"], "only.gguf"),
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-f16.gguf"], "m-Q4_K_M.gguf"),
        (["m-q8_0.gguf", "m-q4_0.gguf"], "m-q4_0.gguf"),
        (["mmproj-f16.gguf", "m.gguf", "big-00001-of-00002.gguf"], "m.gguf"),
    ],
)
def test_a_repository_gives_its_handiest_file(
    files: list[str], chosen: str, tmp_path: Path
) -> None:
    hub = FakeHub(files, tmp_path)
    assert find_model("owner/name-GGUF", hub=hub).path.name == chosen
    assert hub.downloaded == [("owner/name-GGUF", chosen)]


def test_a_file_of_a_repository_can_be_named(tmp_path: Path) -> None:
    hub = FakeHub([], tmp_path)
    find_model("owner/name:sub/m.gguf", hub=hub)
    assert hub.downloaded == [("owner/name", "sub/m.gguf")]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["model.safetensors"], "no single-file GGUF"),
        (["m-00001-of-00002.gguf"], "no single-file GGUF"),
        (["a-f16.gguf", "b-f16.gguf"], "owner/name:a-f16.gguf"),
    ],
)
def test_a_repository_without_a_clear_choice_says_so(
    files: list[str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(SlmError, match=words):
        find_model("owner/name", hub=FakeHub(files, tmp_path))


def test_a_failed_download_says_why(tmp_path: Path) -> None:
    hub = FakeHub([], tmp_path, failure=ValueError("401 gated"))
    with pytest.raises(SlmError, match="401 gated"):
        find_model("owner/name", hub=hub)


def test_a_download_that_is_no_model_is_refused(tmp_path: Path) -> None:
    hub = FakeHub(["m.gguf"], tmp_path, content=b"<html>")
    with pytest.raises(SlmError, match="not a GGUF"):
        find_model("owner/name", hub=hub)


def test_without_the_hubs_package_the_install_command_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # as if it were not installed
    with pytest.raises(SlmError, match="pip install huggingface_hub"):
        find_model("owner/name")


def test_with_the_hubs_package_it_downloads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub = FakeHub(["m.gguf"], tmp_path)
    package = SimpleNamespace(HfApi=lambda: hub)
    monkeypatch.setitem(sys.modules, "huggingface_hub", package)
    assert find_model("owner/name").path == tmp_path / "m.gguf"


def test_a_file_that_cannot_be_read_says_why() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,  # a socket's path must be short
        socket.socket(socket.AF_UNIX) as listener,
    ):
        path = f"{folder}/m.gguf"
        listener.bind(path)
        with pytest.raises(SlmError, match="cannot be read"):
            find_model(path)


def test_a_missing_default_says_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(SlmError, match="make local"):
        find_model(None)
