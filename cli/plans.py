"""Commands about what waits: take a capture back, plan one, change the window."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from cli.asking import (
    OrderArgument,
    PatienceOption,
    ReasonOption,
    RequestOption,
    Shop,
    amount_of,
    ask,
    check,
    key_of,
    refusal,
    wrong,
)
from cli.output import AsJson
from payments.commands import ChangeWindow, ScheduleCapture, TakeBack
from starter import PaymentClient


def _time(option: str, written: str | None, *, as_json: bool) -> datetime | None:
    """Read a time. Without a zone nobody knows which hour is meant."""
    if written is None:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = f"{written[:40]!r} is no date and time with a zone."
        raise wrong([refusal(option, message, "Write it such as 2026-12-01T09:00:00Z.")], as_json=as_json)
    return at.astimezone(UTC)


def take_back(
    order: OrderArgument,
    request_id: RequestOption,
    capture: Annotated[str | None, typer.Option(help="The capture's id; without it the one that is queued.")] = None,
    reason: ReasonOption = None,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Take a capture back while it is queued still: its amount is held again."""
    key = key_of(shop, order, as_json=as_json)
    check(TakeBack, {"request_id": request_id, "capture_id": capture, "reason": reason}, as_json=as_json)

    call = partial(PaymentClient.take_back_capture, key=key, request_id=request_id, capture_id=capture, reason=reason)
    ask(call, as_json=as_json, patience_seconds=patience)


def schedule(
    order: OrderArgument,
    request_id: RequestOption,
    at: Annotated[str | None, typer.Option(help="When, such as 2026-12-01T09:00:00Z.")] = None,
    amount: Annotated[str | None, typer.Option(help="Such as '239.79 USD'; without it all that is left then.")] = None,
    shipment: Annotated[str | None, typer.Option(help="What is shipped.")] = None,
    final: Annotated[bool, typer.Option("--final", help="No capture follows: the rest is let go.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Give up the capture that waits.")] = False,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Plan a capture for a time, in the place of one that waits; or give that one up."""
    key, money = key_of(shop, order, as_json=as_json), amount_of(amount, as_json=as_json)
    when = _time("--at", at, as_json=as_json)
    check(ScheduleCapture, {"request_id": request_id, "shipment_id": shipment}, as_json=as_json)

    call = partial(
        PaymentClient.schedule_capture,
        key=key,
        request_id=request_id,
        at=when,
        amount=money,
        final=final,
        shipment_id=shipment,
        cancel=cancel,
    )
    ask(call, as_json=as_json, patience_seconds=patience)


def window(
    order: OrderArgument,
    request_id: RequestOption,
    seconds: Annotated[int | None, typer.Option(help="How long it lasts, from the authorization.")] = None,
    until: Annotated[str | None, typer.Option(help="When it ends, such as 2026-12-01T09:00:00Z.")] = None,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Extend or shorten the time that fulfilment has before the hold is voided."""
    key, when = key_of(shop, order, as_json=as_json), _time("--until", until, as_json=as_json)
    fields: dict[str, object] = {"request_id": request_id, "window_seconds": seconds}
    check(ChangeWindow, fields, as_json=as_json, window_seconds="--seconds")

    call = partial(PaymentClient.change_window, key=key, request_id=request_id, window_seconds=seconds, until=when)
    ask(call, as_json=as_json, patience_seconds=patience)
