"""The function's asset: what is in it, that it is the same each time, that it runs alone."""

import hashlib
import http.client
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_lambda as lambda_

from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig
from slm_sagemaker.bundling import (
    FUNCTION_FILES,
    PLATFORM,
    PYTHON_VERSION,
    REQUIREMENTS,
    RUNTIME,
    SLM_PARTS,
    build_asset,
    function_code,
)
from tests.ports import free_port
from tests.unit.cdk_helpers import ROOT

SITE_PACKAGES = Path(boto3.__file__).parent.parent

CONFIG = GatewayConfig(
    endpoint_name="test-endpoint",
    engine="tgi",
    served_model_name="acme/model",
    hf_model_id="acme/model",
    weights="acme/model",
    max_total_tokens=2000,
)

NOT_IN_THE_FUNCTION = ("aws_cdk", "pydantic", "slm.local", "slm.cli", "slm.settings", "botocore")


@pytest.fixture(scope="module")
def function_asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built for the function's platform."""
    target = tmp_path_factory.mktemp("function")
    build_asset(target, python_version=PYTHON_VERSION, platform=PLATFORM)
    return target


@pytest.fixture(scope="module")
def native_asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built for this machine."""
    target = tmp_path_factory.mktemp("native")
    system = {"Darwin": "apple-darwin"}.get(platform.system(), "unknown-linux-gnu")
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    build_asset(target, python_version=version, platform=f"{machine}-{system}")
    return target


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).digest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_it_holds_the_handlers_the_gateway_and_its_wheels(function_asset: Path) -> None:
    assert {"handler.py", "authorizer.py", "run.sh"} == set(FUNCTION_FILES)
    assert all((function_asset / name).is_file() for name in FUNCTION_FILES)
    assert os.access(function_asset / "run.sh", os.X_OK)
    assert {part.name for part in (function_asset / "slm").iterdir()} == set(SLM_PARTS)
    assert {"msgspec", "starlette", "uvicorn"} <= {part.name for part in function_asset.iterdir()}


def test_its_wheels_are_for_the_functions_platform(function_asset: Path) -> None:
    compiled = [file.name for file in function_asset.rglob("*.so")]
    assert compiled
    tag = f"cpython-{PYTHON_VERSION.replace('.', '')}-aarch64-linux-gnu.so"
    assert all(name.endswith(tag) for name in compiled)
    assert RUNTIME.name == f"python{PYTHON_VERSION}"


def test_it_is_small_and_holds_no_leftovers(function_asset: Path) -> None:
    names = files(function_asset)
    assert sum((function_asset / name).stat().st_size for name in names) < 8 * 1024 * 1024
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]
    assert not (function_asset / "bin").exists()
    assert not (function_asset / ".lock").exists()


def test_the_same_source_gives_the_same_bytes(function_asset: Path, tmp_path: Path) -> None:
    build_asset(tmp_path, python_version=PYTHON_VERSION, platform=PLATFORM)
    assert files(tmp_path) == files(function_asset)


def test_cdk_packs_it_without_docker(function_asset: Path, tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    lambda_.Function(
        cdk.Stack(app, "Test"),
        "Function",
        runtime=RUNTIME,
        handler="authorizer.handler",
        code=function_code(),
    )
    app.synth()
    [asset] = tmp_path.glob("asset.*")
    assert files(asset) == files(function_asset)


def test_its_pins_are_those_that_the_tests_run_with() -> None:
    tested = set((ROOT / "requirements-dev.txt").read_text().splitlines())
    pins = REQUIREMENTS.read_text().splitlines()
    assert pins
    assert set(pins) <= tested


def test_it_imports_alone(native_asset: Path) -> None:
    """With nothing of this project beside it: from the asset, or the runtime's boto3."""
    program = f"""
import sys
sys.path[:0] = [{str(native_asset)!r}]
sys.path.append({str(SITE_PACKAGES)!r})
import handler, authorizer
assert handler.app and authorizer.handler
for name, module in list(sys.modules.items()):
    if name == "slm" or name.startswith("slm."):
        assert module.__file__.startswith({str(native_asset)!r}), module.__file__
unwanted = [name for name in {NOT_IN_THE_FUNCTION!r} if name in sys.modules]
assert not unwanted, unwanted
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program],
        env={ENVIRONMENT_VARIABLE: CONFIG.to_json(), "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_its_start_script_serves_what_the_adapter_asks_for(native_asset: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        ["sh", str(native_asset / "run.sh")],
        cwd=native_asset,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": str(native_asset),
            "LAMBDA_RUNTIME_DIR": str(SITE_PACKAGES),
            "AWS_LWA_PORT": str(port),
            "AWS_DEFAULT_REGION": "us-east-1",
            ENVIRONMENT_VARIABLE: CONFIG.to_json(),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        status, headers = get_when_ready(process, port, "/openapi.json")
        assert status == 200
        assert "server" not in headers
    finally:
        process.kill()
        process.communicate(timeout=10)


def get_when_ready(
    process: "subprocess.Popen[str]", port: int, path: str
) -> tuple[int, dict[str, str]]:
    """Ask until the server listens, at most 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            return response.status, {name.lower(): value for name, value in response.getheaders()}
        except ConnectionError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError("the server did not start in 30 s")
