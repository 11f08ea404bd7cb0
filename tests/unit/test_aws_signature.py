"""Signatures are botocore's, to the byte."""

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from slm.gateway.aws_signature import Credentials, Scope, signed_headers

HOST = "runtime.sagemaker.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("token", ["", "a-token"])
@pytest.mark.parametrize(
    "path",
    ["/", "/endpoints/my-endpoint/invocations-response-stream", "/base path/endpoints/ü/x"],
)
@pytest.mark.parametrize("body", [b"", b'{"messages": []}', "häßlich".encode()])
@pytest.mark.parametrize("host", [HOST, "127.0.0.1:9000"])
def test_signatures_are_botocores(host: str, path: str, body: bytes, token: str) -> None:
    headers = {"content-type": "application/json", "x-amz-target": "Some  spaced   words "}
    request = AWSRequest("POST", f"https://{host}{path}", headers=dict(headers), data=body)
    boto = BotoCredentials("key-id", "secret", token or None)
    SigV4Auth(boto, "sagemaker", "eu-west-1").add_auth(request)
    now = datetime.strptime(request.context["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    signed = signed_headers(
        Credentials("key-id", "secret", token),
        Scope("eu-west-1", "sagemaker"),
        host=host,
        path=path,
        headers=headers,
        body=body,
        now=now,
    )
    assert signed["authorization"] == request.headers["Authorization"]
    assert signed["x-amz-date"] == request.headers["X-Amz-Date"]
    assert signed.get("x-amz-security-token") == (token or None)


def test_secrets_stay_out_of_what_is_printed() -> None:
    shown = repr(Credentials("key-id", "the-secret", "the-token"))
    assert "key-id" in shown
    assert "the-" not in shown
