"""``slm upload-model`` into a bucket on loopback."""

from pathlib import Path
from typing import Final

from tests.emulator.project import PROGRAMS, Emulator, succeeded

BUCKET: Final = "models"


def test_a_model_goes_into_s3_once(emulator: Emulator, tmp_path: Path) -> None:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    try:
        (tmp_path / "config.json").write_text("{}")
        # More than one part, so that its checksum is one of parts.
        with (tmp_path / "model.safetensors").open("wb") as file:
            file.truncate(70 * 2**20)
        words = ("upload-model", str(tmp_path), f"s3://{BUCKET}/hermes/")

        first, second = (emulator.run(PROGRAMS / "slm", *words) for _ in range(2))

        assert succeeded(first)
        assert f'model_data_url = "s3://{BUCKET}/hermes/"' in first.stdout
        assert "2 of them new" in first.stdout
        assert "0 of them new" in second.stdout
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        assert keys == ["hermes/config.json", "hermes/model.safetensors"]
    finally:
        for key in ("config.json", "model.safetensors"):
            s3.delete_object(Bucket=BUCKET, Key=f"hermes/{key}")
        s3.delete_bucket(Bucket=BUCKET)
