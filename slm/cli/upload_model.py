"""``slm upload-model``: weights into S3, for ``model_data_url``."""

from pathlib import Path
from typing import Annotated

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption
from slm.cli.render import reporting


def upload_model(
    path: Annotated[Path, typer.Argument(help="A model's folder, a GGUF file, or model.tar.gz.")],
    url: Annotated[str, typer.Argument(help="Where to: s3://bucket/prefix/")],
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
        from slm.operations.upload import Destination, model_files, upload

        destination = Destination.parse(url)
        files = model_files(path, destination)
        aws = Aws(profile, region)
        sent = 0
        with output.progress("Uploading", sum(file.size for file in files)) as progress:
            for file in files:
                new = upload(aws, destination.bucket, file, progress)
                sent += new
                output.line(f"{'sent' if new else 'there':<7}{file.key}", "" if new else "dim")
        if as_json:
            output.result({"model_data_url": destination.url, "files": len(files), "sent": sent})
        else:
            output.line(f"{len(files)} files are in S3, {sent} of them new. In slm.toml:", "green")
            output.line(f'model_data_url = "{destination.url}"')
