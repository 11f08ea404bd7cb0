"""What is read of the environment, beside what botocore reads of it."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import botocore
import botocore.session
import pytest

from slm.errors import EndpointUnavailable
from slm.gateway.aws_environment import (
    credential_source,
    endpoint_url,
    fixed,
    region_of,
    tls_context,
)
from slm.gateway.aws_signature import Credentials

pytestmark = pytest.mark.anyio

SERVICES = [
    ("SAGEMAKER_RUNTIME", "runtime.sagemaker", "sagemaker-runtime"),
    ("SAGEMAKER", "api.sagemaker", "sagemaker"),
    ("DYNAMODB", "dynamodb", "dynamodb"),
]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        {"AWS_ENDPOINT_URL_SAGEMAKER": "http://127.0.0.1:2"},
        {
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": "http://127.0.0.1:3",
            "AWS_ENDPOINT_URL": "http://x",
        },
        {"AWS_ENDPOINT_URL": "http://x", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    ],
)
@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_endpoints_are_botocores(
    environment: Mapping[str, str], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**environment, "AWS_DEFAULT_REGION": region}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for variable, host, service in SERVICES:
        client = botocore.session.Session().create_client(
            service, aws_access_key_id="a", aws_secret_access_key="b"
        )
        assert endpoint_url(variable, host, environment) == client.meta.endpoint_url


def test_china_has_a_suffix_of_its_own() -> None:
    url = endpoint_url("SAGEMAKER_RUNTIME", "runtime.sagemaker", {"AWS_REGION": "cn-north-1"})
    assert url == "https://runtime.sagemaker.cn-north-1.amazonaws.com.cn"


def test_the_functions_region_comes_first() -> None:
    assert region_of({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}) == "a"
    assert region_of({"AWS_DEFAULT_REGION": "b"}) == "b"
    assert region_of({}) == ""


async def test_credentials_of_the_environment_need_no_botocore() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert await credential_source(environment)() == Credentials("id", "secret")
    environment["AWS_SESSION_TOKEN"] = "token"
    assert await credential_source(environment)() == Credentials("id", "secret", "token")


async def test_fixed_credentials() -> None:
    given = Credentials("id", "secret")
    assert await fixed(given)() is given


async def test_elsewhere_botocore_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = id\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    source = credential_source({})
    assert await source() == Credentials("id", "secret")
    assert await source() == Credentials("id", "secret")


async def test_without_credentials_the_endpoint_cannot_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(EndpointUnavailable, match="no AWS credentials"):
        await credential_source({})()


async def test_a_profile_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(EndpointUnavailable, match="nobody"):
        await credential_source({})()


def test_tls_trusts_what_botocore_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    bundle = Path(botocore.__file__).parent / "cacert.pem"
    expected = ssl.create_default_context(cafile=str(bundle)).cert_store_stats()
    assert tls_context().cert_store_stats() == expected
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    assert tls_context().verify_mode == ssl.CERT_REQUIRED
