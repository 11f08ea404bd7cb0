"""Model files into S3: in parts, so that what was interrupted goes on where it was.

A part is known by its MD5, which S3 gives as the part's ETag (API_UploadPart). Under a KMS key
the ETag is something else; such a part is simply sent again.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slm.aws import Aws, NotFound, explained
from slm.errors import SlmError

PART_BYTES: Final = 64 * 2**20
"""An object has at most 10,000 parts of 5 MiB to 5 GiB (Amazon S3 multipart upload limits):
this suffices for files of 640 GB."""

_ARCHIVE: Final = ".tar.gz"
_WEIGHTS: Final = (".safetensors", ".gguf", ".bin")


class NoModel(SlmError):
    """The path holds no model that an engine could load."""


class UploadFailed(SlmError):
    """What is in S3 is not what is here."""


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
            NoModel: It is no such URL.
        """
        scheme, _, rest = url.partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme != "s3" or not bucket or not prefix:
            raise NoModel(f"{url!r} names no place in S3. Use s3://bucket/prefix/.")
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
        NoModel: There is no such path, or no weights in it.
    """
    if path.is_file() and path.name.endswith(_ARCHIVE):
        if not destination.prefix.endswith(_ARCHIVE):
            raise NoModel(f"{path.name} is an archive: let the URL end with {_ARCHIVE} too.")
        return [ModelFile(path, destination.prefix, path.stat().st_size)]
    if not destination.prefix.endswith("/"):
        raise NoModel(f"{destination.url}: let it end with a slash, for files lie below it.")
    if path.is_file():
        files = [path]
        root = path.parent
    elif path.is_dir():
        root = path
        files = sorted(f for f in path.rglob("*") if f.is_file() and not _is_hidden(f, path))
    else:
        raise NoModel(f"{path}: there is no such file or folder.")
    if not any(file.suffix in _WEIGHTS for file in files):
        raise NoModel(f"{path} holds no weights ({', '.join(_WEIGHTS)}), so no engine can load it.")
    return [
        ModelFile(file, destination.prefix + file.relative_to(root).as_posix(), file.stat().st_size)
        for file in files
    ]


def _is_hidden(file: Path, root: Path) -> bool:
    """Git's and the download cache's own files are no part of a model."""
    return any(part.startswith(".") for part in file.relative_to(root).parts)


def upload(aws: Aws, bucket: str, file: ModelFile, progress: Callable[[int], None]) -> bool:
    """Bring one file into S3, unless it is there, and compare it afterwards.

    Args:
        aws: The account.
        bucket: The bucket.
        file: The file.
        progress: Told of the bytes that are done.

    Returns:
        Whether anything had to be sent.

    Raises:
        UploadFailed: What is there is not what is here.
        AwsUnavailable: AWS cannot be asked.
    """
    tag, digests = _expected(file.path)
    with explained(f"{file.key} in bucket {bucket}"):
        if _is_there(aws, bucket, file, tag):
            progress(file.size)
            return False
        if len(digests) == 1:
            with file.path.open("rb") as body:
                aws.s3.put_object(Bucket=bucket, Key=file.key, Body=body)
            progress(file.size)
        else:
            _send_parts(aws, bucket, file, digests, progress)
        _compare(aws, bucket, file)
    return True


def _expected(path: Path) -> tuple[str, list[str]]:
    """The ETag that S3 gives an object, and the MD5 of each part."""
    digests = [hashlib.md5(part, usedforsecurity=False) for part in _parts(path)]
    if len(digests) == 1:
        return digests[0].hexdigest(), [digests[0].hexdigest()]
    joined = hashlib.md5(b"".join(d.digest() for d in digests), usedforsecurity=False)
    return f"{joined.hexdigest()}-{len(digests)}", [d.hexdigest() for d in digests]


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        part = file.read(PART_BYTES)
        yield part
        while len(part) == PART_BYTES:
            part = file.read(PART_BYTES)
            if part:
                yield part


def _is_there(aws: Aws, bucket: str, file: ModelFile, tag: str) -> bool:
    try:
        with explained(f"{file.key} in bucket {bucket}"):
            found = aws.s3.head_object(Bucket=bucket, Key=file.key)
    except NotFound:
        return False
    return found["ContentLength"] == file.size and found["ETag"].strip('"') == tag


def _send_parts(
    aws: Aws, bucket: str, file: ModelFile, digests: list[str], progress: Callable[[int], None]
) -> None:
    upload_id, sent = _begun(aws, bucket, file.key)
    for number, part in enumerate(_parts(file.path), start=1):
        if sent.get(number) != digests[number - 1]:
            answer = aws.s3.upload_part(
                Bucket=bucket, Key=file.key, UploadId=upload_id, PartNumber=number, Body=part
            )
            sent[number] = answer["ETag"].strip('"')
        progress(len(part))
    aws.s3.complete_multipart_upload(
        Bucket=bucket,
        Key=file.key,
        UploadId=upload_id,
        MultipartUpload={
            "Parts": [
                {"PartNumber": number, "ETag": f'"{sent[number]}"'}
                for number in range(1, len(digests) + 1)
            ]
        },
    )


def _begun(aws: Aws, bucket: str, key: str) -> tuple[str, dict[int, str]]:
    """An upload of this key that was interrupted, and its parts; or a new one."""
    uploads = aws.s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", [])
    for begun in uploads:
        if begun.get("Key") == key:
            upload_id = begun.get("UploadId", "")
            pages = aws.s3.get_paginator("list_parts").paginate(
                Bucket=bucket, Key=key, UploadId=upload_id
            )
            return upload_id, {
                part["PartNumber"]: part["ETag"].strip('"')
                for page in pages
                for part in page.get("Parts", [])
            }
    created = aws.s3.create_multipart_upload(Bucket=bucket, Key=key)
    return created["UploadId"], {}


def _compare(aws: Aws, bucket: str, file: ModelFile) -> None:
    """Every part was checked by S3 as it came; so it is the whole that is compared."""
    found = aws.s3.head_object(Bucket=bucket, Key=file.key)["ContentLength"]
    if found != file.size:
        raise UploadFailed(
            f"{file.key} has {found} bytes in S3 and {file.size} here. Was it changed meanwhile? "
            "Upload it again."
        )
