"""Upload to a bucket that keeps parts and checksums as S3 does."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from slm.aws import PermissionMissing
from slm.operations.model_files import Destination, ModelFile, NoDestination, NoModel, model_files
from slm.operations.upload import Upload, UploadFailed, check_bucket
from tests.unit.fake_account import FakeAccount, FakeClient
from tests.unit.fake_aws import client_error

BUCKET = "models"
PLACE = Destination(BUCKET, "hermes/")
PART = 4


def checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


class Bucket(FakeAccount):
    """One bucket."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.place: str | None = "eu-west-2"

    @property
    def s3(self) -> FakeClient:
        return FakeClient(self)

    def head_bucket(self, *, Bucket: str) -> Any:
        if self.place is None:
            raise client_error("404", "Not Found")
        return {"BucketRegion": self.place}

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str) -> Any:
        if Key not in self.objects:
            raise client_error("404", "Not Found")
        return self.objects[Key]

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ChecksumSHA256: str) -> None:
        assert ChecksumSHA256 == checksum(Body)
        self.objects[Key] = {"ContentLength": len(Body), "ChecksumSHA256": ChecksumSHA256}

    def list_multipart_uploads(self, *, Bucket: str, Prefix: str) -> Any:
        return {"Uploads": [{"Key": u["Key"], "UploadId": i} for i, u in self.uploads.items()]}

    def create_multipart_upload(self, *, Bucket: str, Key: str, ChecksumAlgorithm: str) -> Any:
        name = f"upload-{len(self.uploads)}"
        self.uploads[name] = {"Key": Key, "Parts": {}}
        return {"UploadId": name}

    def list_parts(self, *, Bucket: str, Key: str, UploadId: str) -> Any:
        return {"Parts": list(self.uploads[UploadId]["Parts"].values())}

    def upload_part(self, *, UploadId: str, PartNumber: int, Body: bytes, **more: Any) -> Any:
        assert more["ChecksumSHA256"] == checksum(Body)
        part = {"PartNumber": PartNumber, "ETag": f'"{PartNumber}"', "Body": Body}
        part["ChecksumSHA256"] = checksum(Body)
        self.uploads[UploadId]["Parts"][PartNumber] = part
        return part

    def complete_multipart_upload(self, *, Key: str, UploadId: str, **more: Any) -> None:
        parts = self.uploads.pop(UploadId)["Parts"]
        sums = []
        body = b""
        for named in more["MultipartUpload"]["Parts"]:
            part = parts[named["PartNumber"]]
            assert (part["ETag"], part["ChecksumSHA256"]) == (
                named["ETag"],
                named["ChecksumSHA256"],
            )
            sums.append(hashlib.sha256(part["Body"]).digest())
            body += part["Body"]
        whole = f"{checksum(b''.join(sums))}-{len(sums)}"
        self.objects[Key] = {"ContentLength": len(body), "ChecksumSHA256": whole}


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def file(tmp_path: Path) -> ModelFile:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"0123456789")
    return ModelFile(path, "hermes/model.safetensors", 10)


def bring(bucket: Bucket, file: ModelFile) -> tuple[bool, int]:
    """Whether it was sent, and the bytes that were told of."""
    done: list[int] = []
    return Upload(bucket, BUCKET, done.append, PART).bring(file), sum(done)


def test_a_file_in_parts(bucket: Bucket, file: ModelFile) -> None:
    assert bring(bucket, file) == (True, 10)
    assert bucket.objects[file.key]["ContentLength"] == 10
    assert len(bucket.called("upload_part")) == 3
    assert bring(bucket, file) == (False, 10)
    assert len(bucket.called("upload_part")) == 3


@pytest.mark.parametrize("content", [b"", b"abc", b"abcd"])
def test_a_file_in_one_piece(bucket: Bucket, file: ModelFile, content: bytes) -> None:
    file.path.write_bytes(content)
    small = ModelFile(file.path, file.key, len(content))
    assert bring(bucket, small) == (True, len(content))
    assert bring(bucket, small) == (False, len(content))
    assert bucket.called("create_multipart_upload") == []


def test_another_content_of_the_same_size_is_sent(bucket: Bucket, file: ModelFile) -> None:
    bring(bucket, file)
    file.path.write_bytes(b"0123456780")
    assert bring(bucket, file) == (True, 10)


def test_what_was_interrupted_goes_on(bucket: Bucket, file: ModelFile) -> None:
    bucket.uploads["other"] = {"Key": file.key + ".index", "Parts": {}}
    bucket.failures["complete_multipart_upload"] = client_error("SlowDown", "later")
    with pytest.raises(Exception, match="later"):
        bring(bucket, file)
    bucket.failures.clear()
    file.path.write_bytes(b"0123xxxx89")
    assert bring(bucket, file) == (True, 10)
    assert [call["PartNumber"] for call in bucket.called("upload_part")] == [1, 2, 3, 2]
    assert len(bucket.called("create_multipart_upload")) == 1


def test_an_upload_without_checksums_is_not_gone_on_with(bucket: Bucket, file: ModelFile) -> None:
    bucket.uploads["foreign"] = {"Key": file.key, "Parts": {1: {"PartNumber": 1, "ETag": "x"}}}
    assert bring(bucket, file) == (True, 10)
    assert len(bucket.called("create_multipart_upload")) == 1


def test_what_arrives_otherwise_is_told(bucket: Bucket, file: ModelFile) -> None:
    class Lossy(Bucket):
        def complete_multipart_upload(self, **arguments: Any) -> None:
            super().complete_multipart_upload(**arguments)
            self.objects[arguments["Key"]]["ContentLength"] = 9

    with pytest.raises(UploadFailed, match="is not in S3 as it is here"):
        bring(Lossy(), file)


def test_the_bucket(bucket: Bucket) -> None:
    check_bucket(bucket, BUCKET)
    bucket.place = "us-east-1"
    with pytest.raises(UploadFailed, match=r"is in us-east-1, and SageMaker .* eu-west-2"):
        check_bucket(bucket, BUCKET)
    bucket.place = None
    with pytest.raises(UploadFailed, match="aws s3 mb s3://models --region eu-west-2"):
        check_bucket(bucket, BUCKET)
    bucket.failures["head_bucket"] = client_error("403", "Forbidden")
    with pytest.raises(PermissionMissing):
        check_bucket(bucket, BUCKET)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of two shards."""
    folder = tmp_path / "model"
    (folder / ".cache").mkdir(parents=True)
    for name in ("a.safetensors", "b.safetensors", "config.json", ".cache/x", "tokenizer.json"):
        (folder / name).write_text("{}")
    weights = {"layer.0": "a.safetensors", "layer.1": "b.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))
    return folder


def test_a_folder(folder: Path) -> None:
    assert [file.key for file in model_files(folder, PLACE)] == [
        "hermes/a.safetensors",
        "hermes/b.safetensors",
        "hermes/config.json",
        "hermes/model.safetensors.index.json",
        "hermes/tokenizer.json",
    ]


def test_a_file_of_llama_cpp_and_an_archive(tmp_path: Path) -> None:
    for name in ("m.gguf", "model.tar.gz"):
        (tmp_path / name).write_text("x")
    assert model_files(tmp_path / "m.gguf", PLACE) == [
        ModelFile(tmp_path / "m.gguf", "hermes/m.gguf", 1)
    ]
    archive = Destination.parse("s3://models/hermes/model.tar.gz")
    assert archive.url == "s3://models/hermes/model.tar.gz"
    (file,) = model_files(tmp_path / "model.tar.gz", archive)
    assert file.key == "hermes/model.tar.gz"
    with pytest.raises(NoModel, match=r"let the URL end with .tar.gz"):
        model_files(tmp_path / "model.tar.gz", PLACE)
    with pytest.raises(NoModel, match="end with a slash"):
        model_files(tmp_path / "m.gguf", Destination(BUCKET, "hermes"))
    (tmp_path / "with-gguf").mkdir()
    (tmp_path / "with-gguf" / "m.gguf").write_text("x")
    assert len(model_files(tmp_path / "with-gguf", PLACE)) == 1


@pytest.mark.parametrize("url", ["models/hermes/", "s3://models", "s3:///x/", "https://models/x/"])
def test_no_place(url: str) -> None:
    with pytest.raises(NoDestination, match="s3://bucket/prefix/"):
        Destination.parse(url)


def test_what_is_no_model(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="no such file or folder"):
        model_files(tmp_path / "nowhere", PLACE)
    (folder / "a.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid x")
    with pytest.raises(NoModel, match="git lfs pull"):
        model_files(folder, PLACE)
    (folder / "a.safetensors").unlink()
    with pytest.raises(NoModel, match=r"lacks 1 of 2 files of weights, such as a.safetensors"):
        model_files(folder, PLACE)
    (folder / "model.safetensors.index.json").write_text("[]")
    with pytest.raises(NoModel, match="cannot be read"):
        model_files(folder, PLACE)
    (folder / "config.json").unlink()
    with pytest.raises(NoModel, match=r"has no config.json"):
        model_files(folder, PLACE)
    (folder / "b.safetensors").unlink()
    with pytest.raises(NoModel, match="holds no weights"):
        model_files(folder, PLACE)
