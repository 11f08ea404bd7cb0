"""Which files make up a model, and where they go in S3."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slm.errors import SlmError
from slm.wrong_usage import WrongUsage

_ARCHIVE: Final = ".tar.gz"
_GGUF: Final = ".gguf"
_WEIGHTS: Final = (".safetensors", _GGUF, ".bin")
_CONFIG: Final = "config.json"
_INDEX: Final = "model.safetensors.index.json"

_LFS_POINTER: Final = b"version https://git-lfs"
"""What a file begins with that Git has, and its large-file store has not yet fetched."""


class NoModel(SlmError):
    """The path holds no model that an engine could load."""


class NoDestination(WrongUsage):
    """The URL names no place in S3."""


@dataclass(frozen=True)
class Destination:
    """Where the files go.

    Attributes:
        bucket: The bucket.
        prefix: What every key begins with, with its closing slash; or the key of an archive.
    """

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, url: str) -> "Destination":
        """Read ``s3://bucket/prefix/``.

        Raises:
            NoDestination: It is no such URL.
        """
        scheme, _, rest = url.partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme != "s3" or not bucket or not prefix:
            raise NoDestination(f"{url!r} names no place in S3. Use s3://bucket/prefix/.")
        return cls(bucket, prefix)

    @property
    def url(self) -> str:
        """As ``model_data_url`` takes it."""
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class ModelFile:
    """A file and its place.

    Attributes:
        path: Here.
        key: There.
        size: Bytes.
    """

    path: Path
    key: str
    size: int


def model_files(path: Path, destination: Destination) -> list[ModelFile]:
    """The files of a model folder, of one GGUF file, or an archive.

    Raises:
        NoModel: There is no such path, or it is no whole model.
    """
    if path.is_file() and path.name.endswith(_ARCHIVE):
        if not destination.prefix.endswith(_ARCHIVE):
            raise NoModel(f"{path.name} is an archive: let the URL end with {_ARCHIVE} too.")
        return [ModelFile(path, destination.prefix, path.stat().st_size)]
    if not destination.prefix.endswith("/"):
        raise NoModel(f"{destination.url}: let it end with a slash, for files lie below it.")
    root, files = _below(path)
    _check_whole(path, files)
    return [
        ModelFile(file, destination.prefix + file.relative_to(root).as_posix(), file.stat().st_size)
        for file in files
    ]


def _below(path: Path) -> tuple[Path, list[Path]]:
    """The folder, and its files; Git's and the download cache's own are no part of a model."""
    if path.is_file():
        return path.parent, [path]
    if not path.is_dir():
        raise NoModel(f"{path}: there is no such file or folder.")
    files = (file for file in path.rglob("*") if file.is_file())
    return path, sorted(f for f in files if not _is_hidden(f.relative_to(path)))


def _is_hidden(name: Path) -> bool:
    return any(part.startswith(".") for part in name.parts)


def _check_whole(path: Path, files: list[Path]) -> None:
    """Find out now what a container would find out after twenty minutes.

    Raises:
        NoModel: There are no weights, some are missing, or they are not really here.
    """
    weights = [file for file in files if file.suffix in _WEIGHTS]
    if not weights:
        raise NoModel(f"{path} holds no weights ({', '.join(_WEIGHTS)}), so no engine can load it.")
    for file in weights:
        with file.open("rb") as content:
            if content.read(len(_LFS_POINTER)) == _LFS_POINTER:
                raise NoModel(
                    f"{file} is only Git's pointer to the weights. Fetch them with 'git lfs pull'."
                )
    if path.is_file() or any(file.suffix == _GGUF for file in weights):
        return
    if path / _CONFIG not in files:
        raise NoModel(
            f"{path} has no {_CONFIG}: it is no folder of a Hugging Face model. Name the folder "
            "that holds it."
        )
    _check_shards(path / _INDEX)


def _check_shards(index: Path) -> None:
    if not index.is_file():
        return
    try:
        named = set(json.loads(index.read_text())["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoModel(f"{index} cannot be read. Download the model anew.") from None
    missing = sorted(name for name in named if not (index.parent / name).is_file())
    if missing:
        raise NoModel(
            f"{index.parent} lacks {len(missing)} of {len(named)} files of weights, such as "
            f"{missing[0]}. Download the rest first."
        )
