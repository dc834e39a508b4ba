"""The order service's receiver over HTTP: one POST, and what its answer means."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from notify.signing import headers
from payments.callbacks import Answer, Callback
from payments.records import Clock
from payments.references import PaymentKey

log = logging.getLogger("notify")

# The whole of a try; a callback's lease is longer.
TRY_SECONDS = 15.0
# An answer's body says nothing to us. As much is read, so that the connection can be used again; more is cut off.
LARGEST_ANSWER = 16_384
_GONE = 410


class Targets:
    """Every shop's receiver, by the shop's name, and under None that of all other shops: address and signing keys."""

    def __init__(self, by_shop: Mapping[str | None, tuple[str, tuple[bytes, ...]]]) -> None:
        self._by_shop = by_shop

    def __bool__(self) -> bool:
        return bool(self._by_shop)

    def of(self, shop: str) -> tuple[str, tuple[bytes, ...]] | None:
        """Return where a shop's callbacks go; None: its order service is told nothing."""
        return self._by_shop.get(shop) or self._by_shop.get(None)

    def has(self, key: PaymentKey) -> bool:
        """Whether anybody is told of a payment."""
        return self.of(key.shop) is not None


@asynccontextmanager
async def open_http(seconds: float = TRY_SECONDS) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client that verifies certificates, follows no redirect, and takes no proxy from the environment."""
    async with httpx.AsyncClient(timeout=seconds, follow_redirects=False, verify=True, trust_env=False) as http:
        yield http


class HttpReceiver:
    """Posts callbacks. `clock` gives the signed time, which receivers hold against their own."""

    def __init__(
        self, http: httpx.AsyncClient, targets: Targets, clock: Clock, *, seconds: float = TRY_SECONDS
    ) -> None:
        self._http = http
        self._targets = targets
        self._clock = clock
        self._seconds = seconds

    async def post(self, callback: Callback) -> Answer:
        """Post a callback, signed, and say what came of it."""
        target = self._targets.of(callback.key.shop)
        if target is None:
            return Answer(accepted=False, why=f"no receiver is set up for shop {callback.key.shop}", silent=True)
        try:
            async with asyncio.timeout(self._seconds):
                status = await self._post(*target, callback)
        except TimeoutError:
            return Answer(accepted=False, why=f"no answer within {self._seconds:g} s", silent=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failure:
            return Answer(accepted=False, why=f"no answer: {type(failure).__name__}", silent=True)
        return answer_of(status)

    async def _post(self, url: str, keys: tuple[bytes, ...], callback: Callback) -> int:
        now = int(self._clock.now().timestamp())
        signed = headers(keys, callback.message_id, now, callback.body)
        request = self._http.build_request(
            "POST",
            url,
            content=callback.body.encode(),
            headers={**signed, "content-type": "application/json", "user-agent": "payments-callbacks/1"},
        )
        response = await self._http.send(request, stream=True)
        try:
            seen = 0
            async for part in response.aiter_raw():
                seen += len(part)
                if seen > LARGEST_ANSWER:
                    break
        except httpx.HTTPError:
            # Its status was readable: that is the answer.
            log.info("the answer to %s broke off after its status", callback.message_id)
        finally:
            await response.aclose()
        return response.status_code


def answer_of(status: int) -> Answer:
    """Say what a status means: 2xx has it, 410 takes none any more, anything else is tried again."""
    if httpx.codes.is_success(status):
        return Answer(accepted=True)
    if httpx.codes.is_redirect(status):
        return Answer(accepted=False, why=f"HTTP {status}: redirects are not followed, correct the callback URL")
    return Answer(accepted=False, why=f"HTTP {status}", gone=status == _GONE)
