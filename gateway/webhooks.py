"""POST /webhooks/ingenico: an event is acknowledged once it stands in the inbox, and not before."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.requests import ClientDisconnect

from gateway.problems import Problem
from gateway.receiving import Received, WebhookAccount, WrongMerchant, arrival_of, receive
from ingenico.webhooks import (
    LARGEST_BODY_BYTES,
    NotSigned,
    UnknownKey,
    WebhookRefused,
    WrongSignature,
    verification,
)
from ledger.database import UNAVAILABLE
from ledger.inbox import Inbox
from payments.records import Clock

log = logging.getLogger("gateway")

PATH = "/webhooks/ingenico"
# Connect publishes no limit; a sender that takes longer for some kilobytes is nobody's.
SECONDS_TO_SEND = 10.0
# Then Connect is told to come again: it does, and a connection that waits is no use to anybody.
SECONDS_TO_KEEP = 4.0
# What Connect makes of it is not published; other callers mind it.
COME_AGAIN = {"Retry-After": "5"}


def router(accounts: Mapping[str, WebhookAccount], inbox: Inbox, clock: Clock, kept: Callable[[], None]) -> APIRouter:
    """Return the routes; `kept` is called when a new event stands in the inbox."""
    routes = APIRouter()

    @routes.get(PATH)
    async def verify_endpoint(request: Request) -> Response:
        """Echo the word by which Connect makes sure that this address is ours."""
        try:
            word = verification(_headers(request))
        except NotSigned as refused:
            raise Problem(400, "bad_verification", str(refused)) from None
        if word is None:
            told = "Events come by POST; a GET carries X-GCS-Webhooks-Endpoint-Verification."
            raise Problem(400, "no_verification", told)
        return PlainTextResponse(word)

    @routes.post(PATH)
    async def take_event(request: Request) -> Response:
        """Keep an event, then acknowledge it."""
        received = _proven(await _body(request), request, accounts)
        if received.event.is_test:
            log.info(
                "test event %.64r for account %s: acknowledged, and about nothing", received.event.id, received.account
            )
            return Response()
        try:
            arrival = arrival_of(received)
        except WebhookRefused as unreadable:
            raise _refused(400, "unreadable", str(unreadable)) from None
        try:
            async with asyncio.timeout(SECONDS_TO_KEEP):
                is_new = await inbox.take_in(arrival, now=clock.now())
        except UNAVAILABLE as away:
            log.warning(
                "event %s of account %s is not kept: %s", arrival.event_id, arrival.account, type(away).__name__
            )
            raise Problem(503, "not_kept", "The event could not be kept. Send it again.", COME_AGAIN) from away
        log.info(
            "event %s (%s) of account %s: %s",
            arrival.event_id,
            arrival.type,
            arrival.account,
            "kept" if is_new else "known already",
        )
        if is_new:
            kept()
        return Response()

    return routes


def _proven(body: bytes, request: Request, accounts: Mapping[str, WebhookAccount]) -> Received:
    """Return the event of a delivery that is Connect's and ours. Raises Problem, which tells what is wrong with it."""
    try:
        return receive(body, _headers(request), accounts)
    except (NotSigned, UnknownKey) as unknown:
        code = "not_signed" if isinstance(unknown, NotSigned) else "unknown_key"
        raise _refused(401, code, str(unknown)) from None
    except WrongSignature as wrong:
        raise _refused(403, "wrong_signature", str(wrong)) from None
    except WrongMerchant as wrong:
        raise _refused(403, "wrong_merchant", str(wrong)) from None
    except WebhookRefused as unreadable:
        raise _refused(400, "unreadable", str(unreadable)) from None


def _refused(status: int, code: str, detail: str) -> Problem:
    log.warning("a delivery is refused: %s (%s)", detail, code)
    return Problem(status, code, f"{detail[:1].upper()}{detail[1:]}.")


async def _body(request: Request) -> bytes:
    """Return the body's bytes as they came: what is signed is these. Raises Problem for too many, or too slow ones."""
    told = Problem(413, "too_large", f"An event has at most {LARGEST_BODY_BYTES} bytes.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > LARGEST_BODY_BYTES:
        raise told
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS_TO_SEND):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY_BYTES:
                    raise told
    except TimeoutError:
        raise Problem(408, "too_slow", f"The body did not come within {SECONDS_TO_SEND:g} seconds.") from None
    except ClientDisconnect:
        raise Problem(400, "broken_off", "The body did not come to its end.") from None
    return bytes(body)


def _headers(request: Request) -> list[tuple[str, str]]:
    """Return headers as received: one that stands there twice is seen twice."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
