"""CDK entry: ``cdk synth`` runs it. It calls no AWS service; account and region may be open."""

import os
import sys

from slm.errors import SlmError
from slm.settings import Settings, load_settings


def main() -> int:
    """Synthesize; 2 if the settings or the region are wrong."""
    try:
        synthesize(load_settings())
    except SlmError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    return 0


def synthesize(settings: Settings, folder: str | None = None) -> None:
    """Write the cloud assembly.

    Args:
        settings: What to deploy.
        folder: Where to; by default where the CDK command line wants it.

    Raises:
        SlmError: The region lacks what the stack needs.
    """
    # Imported here: loading the library takes seconds, and a wrong setting is told at once.
    import aws_cdk as cdk

    from slm_sagemaker.checks import add_checks
    from slm_sagemaker.slm_sagemaker_stack import SlmSagemakerStack

    app = cdk.App(outdir=folder)
    add_checks(app)
    environment = cdk.Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")
    )
    SlmSagemakerStack(app, settings.stack_name, settings=settings, env=environment)
    app.synth()


if __name__ == "__main__":
    sys.exit(main())
