"""boto3's exceptions in our words. Each is raised as boto3 raises it, most by boto3 itself."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path

import pytest
from botocore import exceptions

from slm.aws import (
    Aws,
    AwsUnavailable,
    CredentialsExpired,
    NoCredentials,
    NotFound,
    NothingToDo,
    PermissionMissing,
    Throttled,
    Unreachable,
    explained,
)
from slm.errors import SlmError
from tests.unit.fake_aws import client_error

NOWHERE = "http://127.0.0.1:9"
"""The discard port: nobody listens."""


def explain(error: Exception, profile: str | None = None) -> SlmError:
    with pytest.raises(SlmError) as raised, explained("stack X", profile):
        raise error
    return raised.value


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (client_error("ExpiredToken", "old"), CredentialsExpired, "not valid any more"),
        (client_error("ExpiredTokenException", "old"), CredentialsExpired, "make sso-login"),
        (client_error("InvalidClientTokenId", "bad"), CredentialsExpired, "InvalidClientTokenId"),
        (client_error("AccessDenied", "no Do on *"), PermissionMissing, "no Do on *"),
        (client_error("403", "Forbidden"), PermissionMissing, "AWS refused Operation"),
        (client_error("Throttling", "slow down"), Throttled, "Try again in a minute"),
        (client_error("ValidationError", "Stack X does not exist"), NotFound, "no stack X"),
        (client_error("ParameterNotFound", ""), NotFound, "deploy it first"),
        (
            client_error("ValidationError", "No updates are to be performed."),
            NothingToDo,
            "Nothing changes: stack X",
        ),
        (client_error("Strange", "odd"), AwsUnavailable, "odd (Strange)"),
        (exceptions.NoCredentialsError(), NoCredentials, "There are no AWS credentials"),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            NoCredentials,
            "AWS_SECRET_ACCESS_KEY",
        ),
        (exceptions.NoRegionError(), AwsUnavailable, "REGION=eu-west-2"),
        (exceptions.ProfileNotFound(profile="p"), NoCredentials, "configure list-profiles"),
        (exceptions.UnauthorizedSSOTokenError(), CredentialsExpired, "The AWS login has ended"),
        (
            exceptions.TokenRetrievalError(provider="sso", error_msg="Token has expired"),
            CredentialsExpired,
            "Token has expired. Log in",
        ),
        (exceptions.EndpointConnectionError(endpoint_url="u"), Unreachable, "Check the network"),
        (exceptions.ConnectTimeoutError(endpoint_url="u"), Unreachable, "Check the network"),
        (exceptions.ReadTimeoutError(endpoint_url="u"), Unreachable, "ask about stack X"),
        (exceptions.DataNotFoundError(data_path="p"), AwsUnavailable, "cannot be asked"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_failure_has_its_class_and_its_words(
    error: Exception, kind: type[SlmError], words: str
) -> None:
    explanation = explain(error)
    assert type(explanation) is kind
    assert words in explanation.message
    assert ".." not in explanation.message


def test_the_advice_names_the_profile() -> None:
    words = explain(exceptions.NoCredentialsError(), "ml-sage").message
    assert words.endswith("Log in with 'make sso-login PROFILE=ml-sage'.")


# --- boto3's own chain ----------------------------------------------------------------


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def test_no_credentials() -> None:
    with pytest.raises(NoCredentials, match="no AWS credentials"):
        Aws(None, "eu-west-2").account()


def test_half_of_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    with pytest.raises(NoCredentials, match="not whole"):
        Aws(None, "eu-west-2").account()


def test_no_region(credentials: None) -> None:
    with pytest.raises(AwsUnavailable, match="No AWS region is set"):
        _ = Aws(None, None).region


def test_no_such_profile() -> None:
    with pytest.raises(NoCredentials, match=r"\(ml-sage\).*list-profiles") as caught:
        Aws("ml-sage", "eu-west-2").account()
    assert "'aws configure sso --profile ml-sage' (access through SSO)" in caught.value.message
    assert "'aws configure --profile ml-sage' (keys)" in caught.value.message


def test_a_login_that_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``aws sso login`` leaves it, some hours later."""
    config = tmp_path / "config"
    config.write_text(
        "[profile ml-sage]\nsso_start_url = https://example.awsapps.com/start\n"
        "sso_region = eu-west-2\nsso_account_id = 123456789012\nsso_role_name = Admin\n"
        "region = eu-west-2\n"
    )
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    name = sha1(b"https://example.awsapps.com/start", usedforsecurity=False).hexdigest()
    ended = datetime.now(UTC) - timedelta(hours=1)
    token = {"accessToken": "t", "expiresAt": ended.strftime("%Y-%m-%dT%H:%M:%SZ")}
    (cache / f"{name}.json").write_text(json.dumps(token))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(CredentialsExpired, match=r"login has ended.*make sso-login PROFILE=ml-s"):
        Aws("ml-sage", None).account()


def test_a_login_that_was_never_made_is_told_with_its_profile_whatever_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile ml-sage]\nsso_start_url = https://example.awsapps.com/start\n"
        "sso_region = eu-west-2\nsso_account_id = 123456789012\nsso_role_name = Admin\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    aws = Aws("ml-sage", "eu-west-2")
    with (
        pytest.raises(CredentialsExpired, match="'make sso-login PROFILE=ml-sage'"),
        explained("stack X"),
    ):
        aws.cloudformation.describe_stacks()


def test_no_network(credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Unreachable, match="Check the network"):
        Aws(None, "eu-west-2").account()


def test_each_client_is_made_once_and_waits_no_longer_than_it_should(credentials: None) -> None:
    aws = Aws(None, "eu-west-2")
    names = [name for name, member in vars(Aws).items() if isinstance(member, property)]
    for name in names:
        if name == "region":
            continue
        client = getattr(aws, name)
        assert client is getattr(aws, name)
        assert client.meta.config.read_timeout < 60
        assert client.meta.region_name == ("us-east-1" if name == "pricing" else "eu-west-2")
    assert {"cloudformation", "sagemaker", "s3", "scheduler", "service_quotas"} <= set(names)
