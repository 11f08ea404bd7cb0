"""What programs need to take the emulator for AWS."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.emulator.asgi import ACCOUNT

REGION: Final = "us-east-1"

_NOWHERE: Final = os.devnull


def aws_environment(url: str, folder: Path) -> dict[str, str]:
    """Variables for the SDKs, the CDK command line and ``slm``; credentials are any.

    Args:
        url: The emulator's address.
        folder: What cdk caches of accounts goes there, and not into anybody's home.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": _NOWHERE,
        "AWS_SHARED_CREDENTIALS_FILE": _NOWHERE,
        "CDK_DISABLE_VERSION_CHECK": "true",
        "CDK_HOME": str(folder / "cdk"),
    }


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables without whatever this machine says of AWS and of settings."""
    return {n: v for n, v in environment.items() if not n.startswith(("AWS_", "SLM_", "CDK_"))}


def emulator_environment(port: int, folder: Path) -> dict[str, str]:
    """Variables that ministack reads when it is imported."""
    return {
        **without_aws(os.environ),
        **aws_environment(f"http://127.0.0.1:{port}", folder),
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        # It would listen at a fixed port, and for other machines.
        "IOT_MTLS_ENABLED": "0",
        # Whatever ministack leaves behind goes with this folder.
        "TMPDIR": str(folder),
        "S3_DATA_DIR": str(folder / "s3"),
    }
