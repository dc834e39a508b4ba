"""One call to Connect: signed, sent and read in one place."""

import base64
import json
import logging
import platform
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

import httpx
from pydantic import BaseModel

from ingenico.accounts import AccountCredentials
from ingenico.errors import Answer, success
from ingenico.signing import Signer
from ingenico.transport import CALL_SECONDS, classified
from payments.provider import ProviderError

Body = TypeVar("Body", bound=BaseModel)

LOG = logging.getLogger("ingenico")

INTEGRATOR = "Payment Lifecycle"
# Addresses that stay parsed, for each account: the few that many calls go to, and those lately asked again.
ADDRESSES = 256
_REPEATS_FIRST_AT = "X-GCS-Idempotence-Request-Timestamp"
_TOKEN = re.compile(r"(?<=/tokens/)[^/]+")
_KEY = re.compile("[!-~]+")


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is asked. `path` stands below `/v1/{merchantId}` and, like the query, needs no escapes: see `target`."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes | None = field(default=None, repr=False)
    idempotence_key: str | None = None


class ConnectClient:
    """Speaks to Connect over a client that it is given (see `transport.open_http`), for any of the accounts."""

    def __init__(self, http: httpx.AsyncClient, *, call_seconds: float = CALL_SECONDS) -> None:
        self._http = http
        self._call_seconds = call_seconds
        self._extensions = {"timeout": http.timeout.as_dict()}
        self._accounts: dict[AccountCredentials, _Account] = {}
        self._date = (0, "")

    async def call(self, credentials: AccountCredentials, call: Call, model: type[Body]) -> Body:
        """Send and return the success's body. Raises the port's errors."""
        return success(await self.send(credentials, call), model, with_key=call.idempotence_key is not None)

    async def send(self, credentials: AccountCredentials, call: Call) -> Answer:
        """Send once and return whatever answer came, read whole, within `call_seconds`.

        Raises Unavailable when provably nothing was sent, OutcomeUnknown without a whole answer.
        """
        if LOG.isEnabledFor(logging.DEBUG):
            return await self._logged(credentials, call)
        return await self._sent(credentials, call)

    async def _sent(self, credentials: AccountCredentials, call: Call) -> Answer:
        async with classified(self._call_seconds):
            response = await self._http.send(self._request(credentials, call), follow_redirects=False)
            return Answer(
                status=response.status_code,
                content=response.content,
                repeats_first_at=response.headers.get(_REPEATS_FIRST_AT),
            )

    async def _logged(self, credentials: AccountCredentials, call: Call) -> Answer:
        """Log a line for the call in which nothing is secret or personal: no body, no header but the key, no value."""
        started = time.perf_counter()
        told: object = "cancelled"
        try:
            answer = await self._sent(credentials, call)
        except ProviderError as error:
            # Its message may quote the answer.
            told = type(error).__name__
            raise
        else:
            told = answer.status
            return answer
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            where = f"/v1/{credentials.merchant_id}{_shown(call)}"
            LOG.debug("%s %s: %s in %.0f ms, key %s", call.method, where, told, milliseconds, call.idempotence_key)

    def _request(self, credentials: AccountCredentials, call: Call) -> httpx.Request:
        account = self._accounts.get(credentials)
        if account is None:
            account = self._accounts[credentials] = _Account(credentials, self._http.headers)
        return account.request(call, self._now(), self._extensions)

    def _now(self) -> str:
        """Return the Date header, written once a second."""
        now = int(time.time())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True))
        return self._date[1]


class _Account:
    """What is the same for every request of one account: its key, its host, the headers that never change."""

    def __init__(self, credentials: AccountCredentials, defaults: httpx.Headers) -> None:
        self._signer = Signer(credentials.api_key_id, credentials.secret_api_key.get_secret_value())
        self._merchant = f"/v1/{credentials.merchant_id}"
        self._root = credentials.endpoint
        self._headers = [(b"Host", httpx.URL(credentials.endpoint).netloc), *defaults.raw]
        self._signed = {"X-GCS-ServerMetaInfo": _server_meta_info()}
        self._parsed = lru_cache(maxsize=ADDRESSES)(httpx.URL)

    def request(self, call: Call, date: str, extensions: Mapping[str, object]) -> httpx.Request:
        """Sign a call. httpx is told what it would otherwise work out anew: parsed address, host and length."""
        target = self._merchant + call.path + _query(call.query)
        headers = self._signed | {"Date": date}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.idempotence_key is not None:
            if not _KEY.fullmatch(call.idempotence_key):
                raise ValueError("an idempotence key is printable ASCII without blanks: an empty one would be none")
            headers["X-GCS-Idempotence-Key"] = call.idempotence_key
        headers["Authorization"] = self._signer.authorization(call.method, headers, target)
        if call.method != "GET":
            headers["Content-Length"] = str(len(call.body or b""))
        return httpx.Request(
            call.method,
            self._parsed(self._root + target),
            headers=self._headers + [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()],
            stream=httpx.ByteStream(call.body or b""),
            extensions=extensions,
        )


def _shown(call: Call) -> str:
    """Return path and query as they may be read by anybody: a token stands for a card, a query may name a person."""
    return _TOKEN.sub("*", call.path) + _query(dict.fromkeys(call.query, "*"))


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
