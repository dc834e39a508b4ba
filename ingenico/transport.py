"""How bytes travel to Connect, and what a failure to hear back proves.

The transport's exception classes cannot be trusted with money: httpx-aiohttp 0.2 raises `httpx.ConnectTimeout` when a
connection is reset *after* the server read the whole request. So the one question, *was anything sent?*, is answered
by the aiohttp error underneath, and every doubt counts as sent.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp.transport import AiohttpTransport, map_aiohttp_exceptions

from payments.provider import OutcomeUnknown, ProviderError, Unavailable

# Reaching the provider, name look-up and TLS included: one lost packet is sent again after a second, and the shortest
# patience of a caller (1.8 s) is not over, so that an unreachable provider is told as *nothing was sent*.
CONNECT_SECONDS = 1.5
# The transport lets this bound the wait for a free connection together with the connecting; under 1.8 s likewise.
POOL_SECONDS = 1.7
# Without a byte for so long the answer is not coming; an issuer takes a few seconds, some need ten.
READ_SECONDS = 12.0
# The transport has no limit of its own for writing; CALL_SECONDS ends a call that cannot be written.
WRITE_SECONDS = 5.0
# The whole of a call, its answer's last byte included; under the 20 s of the longest activity, which so hears why.
CALL_SECONDS = 15.0

# As many as a worker makes calls at once: its SDK runs 100 activities for each of two queues, and 100 local ones. With
# fewer connections a slow issuer's ten seconds would make others wait, until POOL_SECONDS tells them *nothing was sent*
# of a provider that is there. A connection lives while it is used and KEEPALIVE_SECONDS longer, so a high limit costs
# nothing; it stops what has no slots of its own.
MAX_CONNECTIONS = 300
# A connection that the other side closes while we write to it makes an outcome unknown, so ours are closed first:
# common servers and balancers keep idle ones for 5 s or longer.
KEEPALIVE_SECONDS = 4.0

TIMEOUT = httpx.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS, write=WRITE_SECONDS, pool=POOL_SECONDS)

# Raised only while a connection is made (a TCP or TLS handshake, a look-up, the wait for the pool), before the
# request's first byte. aiohttp 3.14 tries some requests twice on a kept connection, but never a POST: so this proves
# that no POST was sent, and a GET changes nothing.
_BEFORE_THE_FIRST_BYTE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


# aiohttp would add one to a POST without a body, and Connect signs the Content-Type that it receives.
_NO_CONTENT_TYPE = ("Content-Type",)


class WholeTransport(AiohttpTransport):
    """httpx over aiohttp for calls that are held in memory whole: one answer read at once, and no stream to hand on.

    Errors are mapped as httpx-aiohttp maps them, and those of the answer's body in the same place.
    """

    def __init__(self, session: Callable[[], aiohttp.ClientSession], verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify, trust_env=False, client=session)
        self._timeouts: dict[tuple[float | None, ...], aiohttp.ClientTimeout] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send once; a redirect is an answer like any other."""
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()
        content, headers = await request.aread(), request.headers.raw
        typed = any(name.lower() == b"content-type" for name, _ in headers)
        with map_aiohttp_exceptions():
            async with self.client.request(
                request.method,
                str(request.url),
                headers=[(name.decode(), value.decode()) for name, value in headers],
                skip_auto_headers=None if typed else _NO_CONTENT_TYPE,
                data=content or None,
                allow_redirects=False,
                auto_decompress=False,
                timeout=self._timeout(request.extensions.get("timeout", {})),
            ) as answer:
                body = await answer.read()
        return httpx.Response(answer.status, headers=answer.raw_headers, content=body, request=request)

    def _timeout(self, limits: Mapping[str, float | None]) -> aiohttp.ClientTimeout:
        """Let aiohttp check each set of limits once: a process has one."""
        key = (limits.get("pool"), limits.get("connect"), limits.get("read"))
        if key not in self._timeouts:
            self._timeouts[key] = aiohttp.ClientTimeout(connect=key[0], sock_connect=key[1], sock_read=key[2])
        return self._timeouts[key]


class StraightClient(httpx.AsyncClient):
    """An httpx client without what Connect has no use for: authentication flows, redirects, cookies, event hooks.

    Doing nothing in each of these would be a quarter of a call's CPU, and what is not there follows no redirect.
    """

    def __init__(self, transport: WholeTransport, timeout: httpx.Timeout) -> None:
        # Neither httpx nor aiohttp keeps cookies: what one account is told would go out with another's calls.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        super().__init__(
            transport=transport, timeout=timeout, trust_env=False, follow_redirects=False, cookies=no_cookies
        )
        self._straight = transport

    async def send(self, request: httpx.Request, **_: object) -> httpx.Response:
        """Send as it is, and return the answer read whole."""
        if self.is_closed:
            raise RuntimeError("the HTTP client is closed")
        return await self._straight.handle_async_request(request)


def open_http(timeout: httpx.Timeout = TIMEOUT) -> httpx.AsyncClient:
    """Build the process's one HTTP client; close it with `aclose()` in the loop that used it.

    No proxy or netrc of the environment, no redirects, no cookies; TLS certificates are verified.
    """
    context = httpx.create_ssl_context(verify=True, trust_env=False)

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_SECONDS, ssl=context),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    # The session is built at the first request, since aiohttp binds it to the running loop.
    return StraightClient(WholeTransport(session, context), timeout)


@asynccontextmanager
async def classified(call_seconds: float) -> AsyncIterator[None]:
    """Let one call run for `call_seconds` at most and turn its failures into the port's errors.

    Raises Unavailable when provably nothing was sent, OutcomeUnknown for anything else; cancellation passes.
    """
    try:
        async with asyncio.timeout(call_seconds):
            yield
    except Exception as error:
        # What quotes is not kept behind it either: a traceback, or a history that stores causes, would print it.
        if _quotes(_beneath(error)):
            raise classify(error) from None
        raise classify(error) from error


def classify(error: Exception) -> ProviderError:
    """Say what a failed call proves. Errors of the port stay what they are."""
    if isinstance(error, ProviderError):
        return error
    beneath = _beneath(error)
    told = f"{type(beneath).__name__}: " + ("its words are not repeated" if _quotes(beneath) else str(beneath))
    if isinstance(beneath, _BEFORE_THE_FIRST_BYTE):
        return Unavailable(f"no connection: {told}")
    return OutcomeUnknown(f"no readable answer: {told}")


def _beneath(error: BaseException) -> BaseException:
    """The transport raises some of aiohttp's errors as they are and wraps the others once."""
    return error if isinstance(error, aiohttp.ClientError) else error.__cause__ or error


def _quotes(error: BaseException) -> bool:
    """Whether an error repeats a piece of the answer, the signed headers, or an address that is a token."""
    return isinstance(error, aiohttp.ClientResponseError) or "/tokens/" in str(error)
