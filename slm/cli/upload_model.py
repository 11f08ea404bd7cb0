"""``slm upload-model``: weights into S3, for ``model_data_url``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.aws import Aws


def upload_model(
    path: Annotated[Path, typer.Argument(help="A model's folder, a GGUF file, or model.tar.gz.")],
    url: Annotated[str, typer.Argument(help="Where to: s3://bucket/prefix/")],
    *,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Upload a model into S3.

    What is there already is not sent again, and what was interrupted goes on where it was. The
    bucket must be in the stack's region.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: it takes longer than the help text.
        from slm.aws import Aws

        upload_files(Aws(profile, region), path, url, output)


def upload_files(aws: "Aws", path: Path, url: str, output: Output) -> None:
    """Upload a model, and say what to write into ``slm.toml``.

    Raises:
        NoModel: The path holds no model.
        NoDestination: The URL is no place for one.
        UploadFailed: The bucket cannot take it, or did not.
        AwsUnavailable: AWS cannot be asked.
    """
    from slm.operations.model_files import Destination, model_files
    from slm.operations.upload import Upload, check_bucket

    destination = Destination.parse(url)
    files = model_files(path, destination)
    with output.waiting("Looking at the bucket"):
        check_bucket(aws, destination.bucket)
    sent = 0
    with output.progress("Uploading", sum(file.size for file in files)) as progress:
        upload = Upload(aws, destination.bucket, progress)
        for file in files:
            new = upload.bring(file)
            sent += new
            output.line(f"{'sent' if new else 'there':<7}{file.key}", "" if new else "dim")
    if output.as_json:
        output.result({"model_data_url": destination.url, "files": len(files), "sent": sent})
        return
    output.line(
        f"{len(files)} files are in S3 and compared, {sent} of them new. In slm.toml:", "green"
    )
    output.line(f'model_data_url = "{destination.url}"')
