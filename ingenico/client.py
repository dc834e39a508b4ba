"""One call to Connect: signed, sent and read in one place."""

import base64
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from types import MappingProxyType
from typing import TypeVar

import httpx
from pydantic import BaseModel

from ingenico.accounts import AccountCredentials
from ingenico.errors import Answer, success
from ingenico.signing import authorization
from ingenico.transport import CALL_SECONDS, classified

Body = TypeVar("Body", bound=BaseModel)

INTEGRATOR = "Payment Lifecycle"
_REPEATS_FIRST_AT = "X-GCS-Idempotence-Request-Timestamp"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is asked. `path` stands below `/v1/{merchantId}` and, like the query, needs no escapes: see `target`."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes | None = None
    idempotence_key: str | None = None


class ConnectClient:
    """Speaks to Connect over a client that it is given (see `transport.open_http`), for any of the accounts."""

    def __init__(self, http: httpx.AsyncClient, *, call_seconds: float = CALL_SECONDS) -> None:
        self._http = http
        self._call_seconds = call_seconds
        self._meta = _server_meta_info()

    async def call(self, credentials: AccountCredentials, call: Call, model: type[Body]) -> Body:
        """Send and return the success's body. Raises the port's errors."""
        return success(await self.send(credentials, call), model, with_key=call.idempotence_key is not None)

    async def send(self, credentials: AccountCredentials, call: Call) -> Answer:
        """Send once and return whatever answer came, read whole, within `call_seconds`.

        Raises Unavailable when provably nothing was sent, OutcomeUnknown without a whole answer.
        """
        target = f"/v1/{credentials.merchant_id}{call.path}" + _query(call.query)
        headers = self._headers(credentials, call, target)
        async with classified(self._call_seconds):
            response = await self._http.request(
                call.method, credentials.endpoint + target, content=call.body, headers=headers
            )
            return Answer(
                status=response.status_code,
                content=response.content,
                repeats_first_at=response.headers.get(_REPEATS_FIRST_AT),
            )

    def _headers(self, credentials: AccountCredentials, call: Call, target: str) -> dict[str, str]:
        headers = {"Date": formatdate(usegmt=True), "X-GCS-ServerMetaInfo": self._meta}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.idempotence_key is not None:
            headers["X-GCS-Idempotence-Key"] = call.idempotence_key
        secret = credentials.secret_api_key.get_secret_value()
        headers["Authorization"] = authorization(credentials.api_key_id, secret, call.method, headers, target)
        return headers


def _query(query: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""


def _server_meta_info() -> str:
    """The SDKs' own header, base64 of JSON: who is calling, for the vendor's support (`metadata_provider.py`)."""
    meta = {
        "platformIdentifier": f"{platform.system()}; Python {platform.python_version()}",
        "sdkIdentifier": "PaymentLifecycle/v0.1.0",
        "sdkCreator": INTEGRATOR,
        "integrator": INTEGRATOR,
    }
    return base64.b64encode(json.dumps(meta).encode()).decode()
