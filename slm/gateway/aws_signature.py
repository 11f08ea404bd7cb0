"""Who asks AWS: credentials, and botocore's signature for a request (Signature Version 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
) -> dict[str, str]:
    """``headers`` with those that sign a ``POST`` without a query, by lower-case name.

    Args:
        credentials: Whose signature.
        scope: What it is good for.
        host: The ``host`` header.
        path: Path of the request, as it is sent.
        headers: Headers to sign.
        body: The request's body.
    """
    # Imported here: it takes as long as all that the gateway does before its first answer, and
    # the answers that need no AWS are not to wait for it.
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as Signer

    signer = Signer(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token or None,
    )
    request = AWSRequest("POST", f"https://{host}{path}", dict(headers), body)
    SigV4Auth(signer, scope.service, scope.region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}
