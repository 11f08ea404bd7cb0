"""The function's code: built here, without docker, for the function's platform.

An asset is the files of ``lambda/invoke_sagemaker``, the parts of ``slm`` that they import,
and the wheels of ``requirements.txt``, all at its root. The same input gives the same bytes,
so an unchanged function is not deployed again.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

RUNTIME: Final = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE: Final = lambda_.Architecture.ARM_64

PYTHON_VERSION: Final = "3.14"
PLATFORM: Final = "aarch64-manylinux_2_28"
"""Wheels for ARCHITECTURE that glibc 2.28 suffices for; Amazon Linux 2023 has 2.34."""

_ROOT: Final = Path(__file__).parent.parent
SOURCE: Final = _ROOT / "lambda" / "invoke_sagemaker"
REQUIREMENTS: Final = SOURCE / "requirements.txt"
FUNCTION_FILES: Final = ("handler.py", "authorizer.py", "run.sh")
SLM_PARTS: Final = (
    "__init__.py",
    "containers.py",
    "engines.py",
    "errors.py",
    "gateway_responses.py",
    "gateway",
    "instances.py",
    "limits.py",
    "routes.py",
    "wrong_usage.py",
)
"""What the gateway imports of ``slm``; a test imports the asset alone."""

_IGNORED: Final = shutil.ignore_patterns("__pycache__", "*.pyc")


def function_code() -> lambda_.Code:
    """The asset, for all functions of a stack."""
    return lambda_.Code.from_asset(
        str(SOURCE),
        # With the source's hash a change in slm would not be deployed.
        asset_hash_type=cdk.AssetHashType.OUTPUT,
        bundling=cdk.BundlingOptions(image=RUNTIME.bundling_image, local=_LocalBundling()),
    )


def build_asset(target: Path, *, python_version: str, platform: str) -> None:
    """Fill a folder with the function's code.

    Args:
        target: An empty folder.
        python_version: Python that will run it, for example ``3.14``.
        platform: Where, as ``uv --python-platform`` names it.

    Raises:
        subprocess.CalledProcessError: A wheel is missing; uv has said which.
    """
    subprocess.run(  # noqa: S603 (our own words only)
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet"),
            *("--target", str(target), "--requirements", str(REQUIREMENTS)),
            *("--python-version", python_version, "--python-platform", platform),
            *("--only-binary", ":all:", "--no-deps", "--link-mode", "copy"),
        ],
        check=True,
    )
    # Scripts name this machine's interpreter; uv's lock is its own.
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)
    for name in FUNCTION_FILES:
        shutil.copy(SOURCE / name, target / name)
    (target / "slm").mkdir()
    for name in SLM_PARTS:
        part = _ROOT / "slm" / name
        if part.is_dir():
            shutil.copytree(part, target / "slm" / name, ignore=_IGNORED)
        else:
            shutil.copy(part, target / "slm" / name)


@jsii.implements(cdk.ILocalBundling)
class _LocalBundling:
    """CDK's hook; docker never gets its turn, since a failure raises."""

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        build_asset(Path(output_dir), python_version=PYTHON_VERSION, platform=PLATFORM)
        return True
