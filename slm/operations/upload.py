"""Files into S3: in parts, so that what was interrupted goes on where it was.

S3 checks the SHA-256 of each part as it comes and keeps it ("Checking object integrity in Amazon
S3", composite checksums, 2026-11-24); unlike an ETag, it is the same under every encryption. A
file of one part has its own SHA-256, another that of its parts' SHA-256s.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slm.aws import Aws, NotFound, explained
from slm.errors import SlmError
from slm.operations.model_files import ModelFile

PART_BYTES: Final = 64 * 2**20
"""An object has at most 10,000 parts of 5 MiB to 5 GiB (Amazon S3 multipart upload limits):
this suffices for files of 640 GB."""

_ALGORITHM: Final = "SHA256"


class UploadFailed(SlmError):
    """The bucket cannot take the files, or what is in S3 is not what is here."""


def check_bucket(aws: Aws, bucket: str) -> None:
    """Whether files can go there.

    Raises:
        UploadFailed: There is no such bucket, or it is in another region.
        AwsUnavailable: AWS cannot be asked.
    """
    try:
        with explained(f"bucket {bucket}"):
            there = aws.s3.head_bucket(Bucket=bucket).get("BucketRegion", aws.region)
    except NotFound:
        raise UploadFailed(
            f"There is no bucket {bucket}. Make it: aws s3 mb s3://{bucket} --region {aws.region}"
        ) from None
    if there != aws.region:
        raise UploadFailed(
            f"Bucket {bucket} is in {there}, and SageMaker loads models of its own region only, "
            f"which is {aws.region}. Take a bucket there, or another --region."
        )


@dataclass(frozen=True)
class Upload:
    """Brings files into a bucket.

    Attributes:
        aws: The account and region.
        bucket: The bucket.
        progress: Told of the bytes that are done; less than none, if they must be done again.
        part_bytes: Size of a part.
    """

    aws: Aws
    bucket: str
    progress: Callable[[int], None]
    part_bytes: int = PART_BYTES

    def bring(self, file: ModelFile) -> bool:
        """Bring one file into S3, unless it is there, and compare it afterwards.

        Returns:
            Whether anything had to be sent.

        Raises:
            UploadFailed: What is there is not what is here.
            AwsUnavailable: AWS cannot be asked.
        """
        with explained(f"bucket {self.bucket}"):
            if self._is_there(file):
                return False
            digests = self._send(file)
        if self._checksum_there(file) != _checksum(digests):
            raise UploadFailed(
                f"{file.key} is not in S3 as it is here. Was it changed meanwhile? Upload it again."
            )
        return True

    def _is_there(self, file: ModelFile) -> bool:
        there = self._checksum_there(file)
        if there is None:
            return False
        digests = []
        for part in self._parts(file.path):
            digests.append(_digest(part))
            self.progress(len(part))
        if there == _checksum(digests):
            return True
        self.progress(-file.size)
        return False

    def _checksum_there(self, file: ModelFile) -> str | None:
        """The checksum of an object of the same size; None if there is none."""
        try:
            with explained(f"{file.key} in bucket {self.bucket}"):
                found = self.aws.s3.head_object(
                    Bucket=self.bucket, Key=file.key, ChecksumMode="ENABLED"
                )
        except NotFound:
            return None
        return found.get("ChecksumSHA256") if found["ContentLength"] == file.size else None

    def _parts(self, path: Path) -> Iterator[bytes]:
        """The file in parts; an empty one has one."""
        with path.open("rb") as file:
            part = file.read(self.part_bytes)
            yield part
            while part := file.read(self.part_bytes):
                yield part

    def _send(self, file: ModelFile) -> list[bytes]:
        """Send what is not there yet; the parts' digests."""
        if file.size > self.part_bytes:
            return self._send_parts(file)
        body = file.path.read_bytes()
        digest = _digest(body)
        self.aws.s3.put_object(
            Bucket=self.bucket, Key=file.key, Body=body, ChecksumSHA256=_text(digest)
        )
        self.progress(len(body))
        return [digest]

    def _send_parts(self, file: ModelFile) -> list[bytes]:
        upload_id, sent = self._begun(file.key)
        digests, tags = [], []
        for number, part in enumerate(self._parts(file.path), start=1):
            digest = _digest(part)
            checksum, tag = sent.get(number, ("", ""))
            if checksum != _text(digest):
                answer = self.aws.s3.upload_part(
                    Bucket=self.bucket,
                    Key=file.key,
                    UploadId=upload_id,
                    PartNumber=number,
                    Body=part,
                    ChecksumSHA256=_text(digest),
                )
                tag = answer["ETag"]
            digests.append(digest)
            tags.append(tag)
            self.progress(len(part))
        self.aws.s3.complete_multipart_upload(
            Bucket=self.bucket,
            Key=file.key,
            UploadId=upload_id,
            MultipartUpload={
                "Parts": [
                    {"PartNumber": number, "ETag": tag, "ChecksumSHA256": _text(digest)}
                    for number, (tag, digest) in enumerate(zip(tags, digests, strict=True), start=1)
                ]
            },
        )
        return digests

    def _begun(self, key: str) -> tuple[str, dict[int, tuple[str, str]]]:
        """An upload of this key that was interrupted, with its parts; or a new one.

        Returns:
            Its id, and number -> checksum and ETag of the parts that are there.
        """
        s3 = self.aws.s3
        for begun in s3.list_multipart_uploads(Bucket=self.bucket, Prefix=key).get("Uploads", []):
            upload_id = begun.get("UploadId", "")
            if begun.get("Key") != key:
                continue
            pages = s3.get_paginator("list_parts").paginate(
                Bucket=self.bucket, Key=key, UploadId=upload_id
            )
            parts = [part for page in pages for part in page.get("Parts", [])]
            # One that another program began without checksums takes none afterwards.
            if parts and all("ChecksumSHA256" in part for part in parts):
                return upload_id, {
                    part["PartNumber"]: (part["ChecksumSHA256"], part["ETag"]) for part in parts
                }
        created = s3.create_multipart_upload(
            Bucket=self.bucket, Key=key, ChecksumAlgorithm=_ALGORITHM
        )
        return created["UploadId"], {}


def _digest(part: bytes) -> bytes:
    return hashlib.sha256(part).digest()


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _checksum(digests: list[bytes]) -> str:
    """The whole object's checksum, as S3 makes it of its parts'."""
    if len(digests) == 1:
        return _text(digests[0])
    return f"{_text(_digest(b''.join(digests)))}-{len(digests)}"
