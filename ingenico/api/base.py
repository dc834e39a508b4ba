"""What every resource's calls share: whose account, one way to send, and names that need no escape."""

import re
from typing import TypeVar

from pydantic import BaseModel

from ingenico.accounts import AccountCredentials
from ingenico.client import Call, ConnectClient
from ingenico.errors import Answer, done
from ingenico.wire.base import Sent
from payments.provider import Refused

Body = TypeVar("Body", bound=BaseModel)

# The most that Connect lists at once (`find_payments_params.py`, `find_refunds_params.py`).
PAGE = 100

# RFC 3986's unreserved characters. The signature covers path and query as sent, the SDKs disagree on escapes, and a
# segment of dots would be resolved away on the road.
_UNESCAPED = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]+")


def plain(value: str) -> str:
    """Return an id or reference as it stands in an address. Raises Refused for what cannot be put into a signed one."""
    if not _UNESCAPED.fullmatch(value):
        raise Refused("not_addressable", f"{value!r} is no id or reference of ours: letters, digits and . _ ~ - only")
    return value


def plain_token(token: str) -> str:
    """Return a token as it stands in an address. Raises Refused, without showing it, for one that cannot."""
    if not _UNESCAPED.fullmatch(token):
        raise Refused("not_addressable", "a token in an address has letters, digits and . _ ~ - only")
    return token


class Resource:
    """Calls about one kind of thing, for one account."""

    def __init__(self, client: ConnectClient, credentials: AccountCredentials) -> None:
        self._client = client
        self._credentials = credentials

    async def _get(self, path: str, model: type[Body], query: dict[str, str] | None = None) -> Body:
        return await self._client.call(self._credentials, Call(method="GET", path=path, query=query or {}), model)

    async def _post(self, path: str, body: Sent | None, model: type[Body]) -> Body:
        return await self._client.call(self._credentials, _with_body("POST", path, body), model)

    async def _send(self, method: str, path: str, body: Sent | None = None, *, key: str | None = None) -> Answer:
        return await self._client.send(self._credentials, _with_body(method, path, body, key))

    async def _done(
        self, method: str, path: str, body: Sent | None = None, query: dict[str, str] | None = None
    ) -> None:
        """Make a call that answers with no body."""
        call = _with_body(method, path, body, query=query)
        done(await self._client.send(self._credentials, call))


def _with_body(
    method: str, path: str, body: Sent | None, key: str | None = None, query: dict[str, str] | None = None
) -> Call:
    content = None if body is None else body.as_json()
    return Call(method=method, path=path, query=query or {}, body=content, idempotence_key=key)


def search(
    *, merchant_reference: str | None, merchant_order_id: int | None, hosted_checkout_id: str | None, offset: int
) -> dict[str, str]:
    """Return the query of a page of payments or refunds. Raises ValueError for a search for everything."""
    found = {
        "merchantReference": None if merchant_reference is None else plain(merchant_reference),
        "merchantOrderId": None if merchant_order_id is None else str(merchant_order_id),
        "hostedCheckoutId": None if hosted_checkout_id is None else plain(hosted_checkout_id),
    }
    by = {name: value for name, value in found.items() if value is not None}
    if not by:
        raise ValueError("search by merchant_reference, merchant_order_id or hosted_checkout_id")
    return {**by, "offset": str(offset), "limit": str(PAGE)}
