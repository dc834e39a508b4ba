"""Merchant accounts at Connect: where each is reached and by which key its requests are signed."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, StringConstraints

from payments.base import Value
from payments.provider import Misconfigured


def _host_root(endpoint: str) -> str:
    """Connect's own SDKs refuse an endpoint with a path, user info, query or fragment."""
    parts = urlsplit(endpoint)
    well_formed = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    if not well_formed or "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("an endpoint is scheme, host and, if need be, port, such as https://api.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def _not_blank(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("the secret API key is blank: copy it from Ingenico's Configuration Center")
    return secret


Endpoint = Annotated[str, AfterValidator(_host_root)]
# Both travel where an escape or a line break would spoil the signature: in the path and in a header.
PlainName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,64}$")]


class AccountCredentials(Value):
    """What one merchant account needs to be spoken for. The secret is never printed."""

    merchant_id: PlainName
    api_key_id: PlainName
    secret_api_key: Annotated[SecretStr, AfterValidator(_not_blank)]
    endpoint: Endpoint
    """Scheme, host and port without a path: `https://api.connect.worldline-solutions.com`."""


class Accounts:
    """The merchant accounts by our own names for them."""

    def __init__(self, credentials: Mapping[str, AccountCredentials]) -> None:
        self._credentials = dict(credentials)

    def of(self, account: str) -> AccountCredentials:
        """Return an account's credentials. Raises Misconfigured for a name that is not set up."""
        found = self._credentials.get(account)
        if found is None:
            known = ", ".join(sorted(self._credentials)) or "none"
            raise Misconfigured(f"account {account!r} is not set up here (known: {known}): add its credentials")
        return found
