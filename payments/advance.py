"""How a capture moves on: each event between where it stands here and where the provider says it is.

A status that jumps yields each event in between, so that postings stay a pure function of one event.
"""

from collections.abc import Callable, Iterator, Sequence

from payments.events import (
    AnyEvent,
    AttentionNeeded,
    AttentionSettled,
    Captured,
    CaptureIntended,
    CaptureRejected,
    CaptureRequested,
    Collected,
    RefundFailed,
    RejectedStage,
    Unexplained,
)
from payments.evolve import evolve
from payments.methods import PaymentAction
from payments.operations import OperationKind
from payments.parts import Authorization, AuthorizationStage, CaptureRecord
from payments.payment import Payment
from payments.provider import ProviderPayment
from payments.references import operation_id
from payments.states import CaptureStage, ProviderStatus, RefundStage
from payments.totals import of_this_capture

# The provider's own doing (a sale, a capture in its console) is a request of this name.
PROVIDERS_DOING = "@provider"


def follow(payment: Payment, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Say what a later reading of a payment with a capture on its way adds.

    What contradicts the capture moves nothing on and is told to a person, once; it is settled when the doubt is gone.
    """
    hold = payment.hold_at(reading.provider_id)
    capture = payment.capture_on_its_way(hold.authorization_id) if hold else None
    if capture is None:
        return ()
    if payment.taking_back() is not None:
        # Whether it left its queue by our own asking is that operation's errand to find out.
        return ()
    reading = of_this_capture(payment, capture, reading)
    # A subject of its own: what else was told of the capture is not settled when a doubt is.
    subject = f"{capture.capture_id}/doubt"
    told = [t.sentence for t in payment.attention if t.subject == subject]
    doubted = doubt(payment, capture, reading)
    if doubted is not None:
        return () if doubted in told else numbered(payment, [attention(subject, doubted)])
    moved = advance(payment, capture, reading)
    settled = [AttentionSettled(subject=subject)] if told and moved else []
    return numbered(payment, [*settled, *moved])


def doubt(payment: Payment, capture: CaptureRecord, reading: ProviderPayment) -> str | None:
    """Say what of a reading contradicts an accepted capture, in a sentence; None: nothing."""
    if reading.discrepancy is not None:
        return f"{reading.discrepancy} Look at payment {reading.provider_id} in Ingenico's console."
    if reading.status not in _FOLLOWS_A_CAPTURE:
        return (
            f"Ingenico shows {reading.raw_status} for a payment whose capture it had accepted. It is read again; "
            f"look at payment {reading.provider_id} in Ingenico's console, and ship nothing on it."
        )
    known = reading.captured_minor is not None and reading.status in _TELLS_CAPTURED
    if not known or reading.captured_minor in {capture.amount_minor, capture.reported_minor}:
        return None
    return (
        f"Ingenico shows {payment.money(reading.captured_minor or 0)} captured where "
        f"{payment.money(capture.amount_minor)} was booked. Find out which is right; nothing is booked until then."
    )


# A capture that was accepted and then cancelled, in the console or by whom ever, brings no money either.
_REJECTED = {ProviderStatus.CAPTURE_REJECTED, ProviderStatus.RELEASED, ProviderStatus.DECLINED}
_FOLLOWS_A_CAPTURE = _REJECTED | {
    ProviderStatus.CAPTURE_REQUESTED,
    ProviderStatus.CAPTURED,
    ProviderStatus.COLLECTED,
    ProviderStatus.RETURNED,
}


def is_rejected(status: ProviderStatus) -> bool:
    """Whether a capture of this status brings no money."""
    return status in _REJECTED


_TELLS_CAPTURED = {ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED, ProviderStatus.COLLECTED}


def taken_by_provider(payment: Payment, hold: Authorization, reading: ProviderPayment) -> list[AnyEvent]:
    """Book a capture that we did not ask for: a sale, or one made in Ingenico's console."""
    if hold.open_minor == 0:
        return []
    request_id = hold.named(PROVIDERS_DOING)
    subject = operation_id(payment.key, OperationKind.CAPTURE, request_id)
    amount = min(hold.open_minor, reading.captured_minor or hold.open_minor)
    intended = CaptureIntended(
        subject=subject,
        authorization_id=hold.authorization_id,
        request_id=request_id,
        request_hash=PROVIDERS_DOING,
        shipment_id=None,
        amount_minor=amount,
    )
    after = fold_on(payment, [intended])
    events: list[AnyEvent] = [intended, *advance(after, capture_of(after, subject), reading)]
    if payment.opened is None or payment.opened.action is not PaymentAction.SALE:
        told = "Ingenico captured this payment though nobody here asked for it. Ship it, or refund it."
        events.append(attention(subject, told))
    return events


def advance(
    payment: Payment,
    capture: CaptureRecord,
    reading: ProviderPayment,
    *,
    capture_id: str | None = None,
    is_open: bool = False,
) -> list[AnyEvent]:
    """Return each event between where a capture stands here and where the provider says it is.

    Of one of several captures `reading` speaks of that alone, `capture_id` is the provider's name of it, and `is_open`
    says that the payment takes captures still.
    """
    subject, hold_id = capture.capture_id, capture.authorization_id
    events: list[AnyEvent] = []
    reading = of_this_capture(payment, capture, reading)
    if capture.stage is CaptureStage.INTENDED:
        events += _requested(payment, capture, reading, capture_id)
        capture = capture_of(fold_on(payment, events), subject)
    amount = capture.amount_minor
    if reading.status in _REJECTED:
        stage = RejectedStage(capture.stage.value)
        rejected = CaptureRejected(
            subject=subject,
            authorization_id=hold_id,
            amount_minor=amount,
            stage=stage,
            **_back_on_the_hold(fold_on(payment, events), capture, is_open=is_open),
        )
        told = f"The capture is {reading.raw_status} after Ingenico had accepted it: the money does not come. "
        return [
            *events,
            rejected,
            attention(subject, told + "Stop the shipment or ask for another payment."),
            *_refunds_end(payment, capture, reading),
        ]
    beyond_requested = {ProviderStatus.CAPTURED, ProviderStatus.COLLECTED, ProviderStatus.RETURNED}
    if reading.status in beyond_requested and capture.stage is CaptureStage.REQUESTED:
        events.append(Captured(subject=subject, authorization_id=hold_id, amount_minor=amount))
    if reading.status in beyond_requested - {ProviderStatus.CAPTURED}:
        events.append(Collected(subject=subject, authorization_id=hold_id, amount_minor=amount))
    return [*events, *went_back(payment, capture, reading)]


def went_back(payment: Payment, capture: CaptureRecord, reading: ProviderPayment) -> list[AnyEvent]:
    """Tell people of money that was collected and went back by nobody's doing here."""
    if reading.status is not ProviderStatus.RETURNED or has_refund_there(payment, capture.authorization_id):
        return []
    told = f"Ingenico shows {reading.raw_status}: money was collected and went back. Look at the payment there."
    return [attention(capture.capture_id, told)]


def has_refund_there(payment: Payment, authorization_id: str) -> bool:
    """Whether a refund of ours is at the provider: it shows as returned. One that waits or failed explains nothing."""
    its_own = [refund for refund in payment.refunds if refund.authorization_id == authorization_id]
    return any(refund.stage in _AT_THE_PROVIDER for refund in its_own)


_AT_THE_PROVIDER = {RefundStage.INTENDED, RefundStage.REQUESTED, RefundStage.REFUNDED}


def _refunds_end(payment: Payment, capture: CaptureRecord, reading: ProviderPayment) -> Iterator[AnyEvent]:
    """End refunds that wait for a capture which brings no money; one that is being asked for is found out first."""
    for refund in payment.refunds:
        if refund.capture_id != capture.capture_id or refund.stage is not RefundStage.ASKED:
            continue
        if any(told.subject == refund.waiting for told in payment.attention):
            yield AttentionSettled(subject=refund.waiting)
        yield RefundFailed(
            subject=refund.refund_id,
            authorization_id=refund.authorization_id,
            amount_minor=refund.amount_minor,
            reason=f"the capture is {reading.raw_status}: there is no money that could go back",
        )


def _back_on_the_hold(payment: Payment, capture: CaptureRecord, *, is_open: bool) -> dict[str, int]:
    """Say what of a rejected capture may be captured again or lapses; a single approve has ended its hold."""
    hold = payment.hold(capture.authorization_id)
    if not hold.several_captures:
        return {}
    is_held = hold.stage is AuthorizationStage.HELD and hold.finalized_by is None and hold.ends == 0
    reopened = is_open and is_held
    return {"reopened_minor" if reopened else "lapsing_minor": capture.amount_minor}


def _requested(
    payment: Payment, capture: CaptureRecord, reading: ProviderPayment, capture_id: str | None
) -> list[AnyEvent]:
    """A last capture ends its authorization: what it leaves of the hold lapses, and is booked so."""
    reported = capture.amount_minor if reading.captured_minor is None else reading.captured_minor
    taken = min(reported, capture.amount_minor)
    hold = payment.hold(capture.authorization_id)
    excess = reported - taken
    rest = hold.open_minor + capture.amount_minor - taken
    used = min(excess, rest)
    is_last = capture.final or not hold.several_captures
    events: list[AnyEvent] = [
        CaptureRequested(
            subject=capture.capture_id,
            authorization_id=capture.authorization_id,
            amount_minor=capture.amount_minor,
            reported_minor=reported,
            rest_minor=rest - used if is_last else 0,
            provider_capture_id=capture_id,
        )
    ]
    if excess:
        events.append(
            Unexplained(
                subject=capture.capture_id,
                authorization_id=capture.authorization_id,
                amount_minor=excess,
                used_hold_minor=used,
            )
        )
    if reported != capture.amount_minor:
        told = (
            f"Ingenico captured {payment.money(reported)} where {payment.money(capture.amount_minor)} was asked. "
            "Correct the difference by a refund or another payment."
        )
        events.append(attention(capture.capture_id, told))
    return events


def capture_of(payment: Payment, capture_id: str) -> CaptureRecord:
    """Return the capture of this id. Raises ValueError when there is none."""
    capture = payment.capture(capture_id)
    if capture is None:
        raise ValueError(f"{payment.key} has no capture {capture_id}")
    return capture


def fold_on(payment: Payment, events: Sequence[AnyEvent]) -> Payment:
    """Return the payment as it will be after these events."""
    for event in events:
        payment = evolve(payment, event)
    return payment


def one_after_another(
    payment: Payment, rules: Sequence[Callable[[Payment], Sequence[AnyEvent]]]
) -> tuple[AnyEvent, ...]:
    """Return what several rules add, each asked of the payment as those before it leave it."""
    events: list[AnyEvent] = []
    for rule in rules:
        events += rule(fold_on(payment, events))
    return numbered(payment, events)


def attention(subject: str, sentence: str) -> AttentionNeeded:
    """Tell a person, about `subject`."""
    return AttentionNeeded(subject=subject, sentence=sentence)


def numbered(payment: Payment, events: Sequence[AnyEvent]) -> tuple[AnyEvent, ...]:
    """Number what may be told several times of one subject by its place in the story, so that each stays unique."""
    return tuple(
        event.model_copy(update={"occurrence": payment.sequence + place})
        if isinstance(event, AttentionNeeded | AttentionSettled)
        else event
        for place, event in enumerate(events, start=1)
    )
