"""What follows from what the provider says of several captures of one authorization, each with a status of its own.

A payment that takes several captures says of itself only whether it takes more, and what was taken in all: each capture
is known by our reference, later by the provider's name of it.
"""

from collections.abc import Iterator, Sequence

from payments.advance import (
    PROVIDERS_DOING,
    advance,
    attention,
    capture_of,
    doubt,
    fold_on,
    is_rejected,
    numbered,
)
from payments.conclude import finalized, refused_capture
from payments.events import AnyEvent, AttentionNeeded, AttentionSettled, CaptureIntended, VoidRefused
from payments.operations import Intent, OperationKind
from payments.parts import Authorization, AuthorizationStage, CaptureRecord
from payments.payment import Payment
from payments.provider import ProviderCapture, ProviderPayment
from payments.references import operation_id
from payments.states import PENDING_STATUSES, CaptureStage, ProviderStatus

_ON_ITS_WAY = {CaptureStage.REQUESTED, CaptureStage.CAPTURED}
_NEVER_TAKEN = {CaptureStage.INTENDED, CaptureStage.REFUSED}


def own_captures(intent: Intent, captures: Sequence[ProviderCapture]) -> tuple[ProviderCapture, ...]:
    """Return the captures under the intent's reference: two would be the same money twice."""
    return tuple(c for c in captures if c.reference == intent.reference)


def is_bookable(intent: Intent, capture: ProviderCapture) -> bool:
    """Whether something follows from the capture: a status that is known, an amount in the order's currency."""
    amount = capture.amount
    known = capture.status is not ProviderStatus.UNRECOGNISED
    return known and amount is not None and amount.currency == intent.operation.amount.currency


def capture_events(
    payment: Payment, intent: Intent, own: Sequence[ProviderCapture], *, is_open: bool
) -> tuple[AnyEvent, ...]:
    """Return what the payment gains by its captures under the intent's reference; more than one is told to a person."""
    subject = intent.operation.operation_id
    first = own[0]
    moved = advance(
        payment,
        capture_of(payment, subject),
        _reading(intent.operation.provider_id or "", first),
        capture_id=first.capture_id,
        is_open=is_open,
    )
    return numbered(payment, [*moved, *_doubled(subject, own)])


def _doubled(subject: str, own: Sequence[ProviderCapture]) -> Iterator[AttentionNeeded]:
    if len(own) > 1:
        ids = ", ".join(capture.capture_id for capture in own[1:])
        told = f"Ingenico captured one shipment more than once, under {own[0].reference}: also as {ids}. "
        yield attention(f"{subject}/doubled", told + "Refund what is too much in Ingenico's console.")


def unknown_captures(payment: Payment, captures: Sequence[ProviderCapture]) -> tuple[ProviderCapture, ...]:
    """Return live captures at the provider that nobody here asked for."""
    ids = {c.provider_capture_id for c in payment.captures if c.provider_capture_id is not None}
    references = {c.reference for c in payment.captures if c.reference is not None}
    live = [c for c in captures if not is_rejected(c.status)]
    return tuple(c for c in live if c.capture_id not in ids and c.reference not in references)


def has_moved(payment: Payment, authorization_id: str, reading: ProviderPayment) -> bool:
    """Whether the provider took more or less in all than the captures that are known here.

    Connect does not publish whether its totals fall when a capture is rejected: both are as before.
    """
    its_own = [c for c in payment.captures if c.authorization_id == authorization_id]
    known = [c for c in its_own if c.stage not in _NEVER_TAKEN]
    amounts = [(c.reported_minor or c.amount_minor, c.stage is CaptureStage.REJECTED) for c in known]
    ever = sum(amount for amount, _ in amounts)
    live = sum(amount for amount, rejected in amounts if not rejected)
    return (reading.captured_minor or 0) not in {ever, live}


def stray_capture(payment: Payment, intent: Intent, strays: Sequence[ProviderCapture]) -> tuple[AnyEvent, ...]:
    """Tell people that the provider took something that nobody here asked for, while an answer of ours is lost."""
    ids = ", ".join(stray.capture_id for stray in strays)
    shown = (
        f"captures that nobody here asked for ({ids})" if strays else "more captured than the captures that it lists"
    )
    sentence = (
        f"Ingenico shows {shown}, and the answer to ours was lost. Nothing is repeated, so that no shipment is paid "
        "twice: find out in Ingenico's console whether one of them is ours."
    )
    subject = intent.operation.operation_id
    if any(a.subject == subject and a.sentence == sentence for a in payment.attention):
        return ()
    return numbered(payment, (attention(subject, sentence),))


def no_more_captures(payment: Payment, intent: Intent, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Return what follows when a capture is proven absent and the payment takes none any more: the rest lapses."""
    subject = intent.operation.operation_id
    refused = refused_capture(payment, subject, f"the payment is {reading.raw_status} at Ingenico")
    told = (
        f"Ingenico takes no more captures of this payment, which is {reading.raw_status}: nothing was taken by this. "
    )
    return numbered(
        payment,
        [
            refused,
            *finalized(fold_on(payment, [refused]).hold(intent.operation.authorization_id), subject),
            attention(subject, told + "Do not ship, or ask the customer for another payment."),
        ],
    )


def void_hits_captures(payment: Payment, intent: Intent, captures: Sequence[ProviderCapture]) -> tuple[AnyEvent, ...]:
    """Return what follows when a void finds captures that nobody here knew of: it is not sent, they are booked."""
    operation = intent.operation
    refused = VoidRefused(
        subject=operation.operation_id,
        authorization_id=operation.authorization_id,
        reason="something was captured at Ingenico",
    )
    after = fold_on(payment, [refused])
    return numbered(payment, [refused, *_booked_strays(after, operation.authorization_id, captures)])


def follow_captures(
    payment: Payment, reading: ProviderPayment, captures: Sequence[ProviderCapture]
) -> tuple[AnyEvent, ...]:
    """Say what a later reading of all captures adds; each goes on by its own status, whatever becomes of the others."""
    hold = payment.hold_at(reading.provider_id)
    if hold is None:
        return ()
    is_open = reading.several_captures
    events: list[AnyEvent] = []
    for capture in payment.captures:
        shown = _shown(capture, captures)
        if capture.stage in _ON_ITS_WAY and shown is not None:
            events += _followed(fold_on(payment, events), capture, reading, shown, is_open=is_open)
    after = fold_on(payment, events)
    if after.unresolved is None:
        events += _booked_strays(after, hold.authorization_id, captures)
        events += _closed(fold_on(payment, events).hold(hold.authorization_id), reading)
    return numbered(payment, events)


def _shown(capture: CaptureRecord, captures: Sequence[ProviderCapture]) -> ProviderCapture | None:
    return next((c for c in captures if c.capture_id == capture.provider_capture_id), None)


def _followed(
    payment: Payment, capture: CaptureRecord, reading: ProviderPayment, shown: ProviderCapture, *, is_open: bool
) -> list[AnyEvent]:
    # A subject of its own: what else was told of the capture is not settled when a doubt is.
    subject = f"{capture.capture_id}/doubt"
    told = [t.sentence for t in payment.attention if t.subject == subject]
    about = _reading(reading.provider_id, shown)
    doubted = doubt(payment, capture, about)
    if doubted is not None:
        return [] if doubted in told else [attention(subject, doubted)]
    moved = advance(payment, capture, about, is_open=is_open)
    settled = [AttentionSettled(subject=subject)] if told and moved else []
    return [*settled, *moved]


def _booked_strays(payment: Payment, authorization_id: str, captures: Sequence[ProviderCapture]) -> list[AnyEvent]:
    """Book what somebody captured in the provider's console, as far as the hold has it, and tell a person."""
    events: list[AnyEvent] = []
    for stray in unknown_captures(payment, captures):
        after = fold_on(payment, events)
        hold = after.hold(authorization_id)
        taken = stray.amount.amount_minor if stray.amount is not None else 0
        if not hold.open_minor or not taken:
            continue
        request_id = f"{PROVIDERS_DOING}-{stray.capture_id}"
        intended = CaptureIntended(
            subject=operation_id(payment.key, OperationKind.CAPTURE, request_id),
            authorization_id=hold.authorization_id,
            request_id=request_id,
            request_hash=PROVIDERS_DOING,
            shipment_id=None,
            amount_minor=min(hold.open_minor, taken),
            final=False,
        )
        about = _reading(hold.provider_id or "", stray)
        begun = fold_on(after, [intended])
        capture = capture_of(begun, intended.subject)
        told = (
            f"Ingenico captured {stray.amount} of this payment though nobody here asked for it. Ship it, or refund it."
        )
        events += [intended, *advance(begun, capture, about, capture_id=stray.capture_id)]
        events.append(attention(intended.subject, told))
    return events


def _closed(hold: Authorization, reading: ProviderPayment) -> list[AnyEvent]:
    """Let the rest lapse when the provider takes no more captures, though nobody here said so."""
    unclear = PENDING_STATUSES | {ProviderStatus.AUTHORIZED, ProviderStatus.UNRECOGNISED}
    ends = not reading.several_captures and reading.status not in unclear
    if not ends or hold.stage is not AuthorizationStage.HELD or not hold.open_minor:
        return []
    told = (
        f"Ingenico takes no more captures of this payment, which is {reading.raw_status}: the rest of the hold lapses. "
    )
    subject = f"{hold.authorization_id}/{PROVIDERS_DOING}"
    return [*finalized(hold, subject), attention(subject, told + "Ship no more on it.")]


def _reading(provider_id: str, capture: ProviderCapture) -> ProviderPayment:
    """Tell one capture as a payment that has no other: what is concluded from it is the same."""
    return ProviderPayment(
        provider_id=provider_id,
        status=capture.status,
        raw_status=capture.raw_status,
        reference=capture.reference,
        amount=capture.amount,
        captured_minor=capture.amount.amount_minor if capture.amount else None,
        discrepancy=None if capture.amount else f"Ingenico tells an impossible amount of capture {capture.capture_id}.",
    )
