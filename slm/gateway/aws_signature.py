"""Signature Version 4: the headers that tell AWS who asks.

A dozen lines of hashing, written out since importing botocore's takes longer than all that the
gateway does before its first answer; the tests compare the two.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Credentials:
    """What AWS knows a caller by.

    Attributes:
        access_key_id: Which key.
        secret_access_key: Signs; never sent.
        session_token: Comes with temporary credentials; empty otherwise.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Scope:
    """What a signature is good for.

    Attributes:
        region: Region of the service.
        service: The service's signing name.
    """

    region: str
    service: str


def signed_headers(
    credentials: Credentials,
    scope: Scope,
    *,
    host: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> dict[str, str]:
    """``headers`` with those that sign a ``POST`` without a query.

    Args:
        credentials: Whose signature.
        scope: What it is good for.
        host: The ``host`` header.
        path: Path of the request, as it is sent.
        headers: Headers to sign, by lower-case name.
        body: The request's body.
        now: The time in UTC.
    """
    timestamp = now.strftime("%Y%m%dT%H%M%SZ")
    date = timestamp[:8]
    sent = {**headers, "x-amz-date": timestamp}
    if credentials.session_token:
        sent["x-amz-security-token"] = credentials.session_token
    signed = {**sent, "host": host}
    names = sorted(signed)
    request = "\n".join(
        [
            "POST",
            quote(path, safe="/-_.~"),
            "",
            *(f"{name}:{' '.join(signed[name].split())}" for name in names),
            "",
            ";".join(names),
            sha256(body).hexdigest(),
        ]
    )
    credential_scope = f"{date}/{scope.region}/{scope.service}/aws4_request"
    to_sign = "\n".join(
        [_ALGORITHM, timestamp, credential_scope, sha256(request.encode()).hexdigest()]
    )
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in credential_scope.split("/"):
        key = _hmac(key, part)
    signature = _hmac(key, to_sign).hex()
    sent["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key_id}/{credential_scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return sent


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
