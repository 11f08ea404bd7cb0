"""CDK entry: ``cdk synth`` runs it. It calls no AWS service; account and region may be open."""

import os
import sys

import aws_cdk as cdk

from slm.errors import SlmError
from slm.settings import load_settings
from slm_sagemaker.checks import add_checks
from slm_sagemaker.slm_sagemaker_stack import SlmSagemakerStack


def main() -> int:
    """Synthesize; 2 if the settings or the region are wrong."""
    app = cdk.App()
    add_checks(app)
    environment = cdk.Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")
    )
    try:
        settings = load_settings()
        SlmSagemakerStack(app, settings.stack_name, settings=settings, env=environment)
    except SlmError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
