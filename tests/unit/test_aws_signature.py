"""What a signed request carries."""

import re

import pytest

from slm.gateway.aws_signature import Credentials, Scope, signed_headers

HOST = "runtime.sagemaker.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("token", ["", "a-token"])
@pytest.mark.parametrize("path", ["/", "/endpoints/my-endpoint/invocations-response-stream"])
@pytest.mark.parametrize("host", [HOST, "127.0.0.1:9000"])
def test_who_asks_for_what_and_when(host: str, path: str, token: str) -> None:
    signed = signed_headers(
        Credentials("key-id", "secret", token),
        Scope("eu-west-1", "sagemaker"),
        host=host,
        path=path,
        headers={"content-type": "application/json"},
        body=b"{}",
    )
    assert signed["content-type"] == "application/json"
    assert re.fullmatch(r"\d{8}T\d{6}Z", signed["x-amz-date"])
    scope = f"{signed['x-amz-date'][:8]}/eu-west-1/sagemaker/aws4_request"
    assert signed["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential=key-id/{scope}, ")
    assert signed.get("x-amz-security-token") == (token or None)
    assert all(name == name.lower() for name in signed)


def test_secrets_stay_out_of_what_is_printed() -> None:
    shown = repr(Credentials("key-id", "the-secret", "the-token"))
    assert "key-id" in shown
    assert "the-" not in shown
