"""Taking the money: what must hold before a capture is asked for, one guard a rule."""

from collections.abc import Callable
from datetime import datetime

from payments.commands import Capture, content_hash
from payments.decide.allocate import Part, allocate, capturable, usable
from payments.decide.decision import Decision, Perform, Record, Refuse
from payments.decide.release import plan_release
from payments.decide.resolved import must_be_resolved
from payments.events import AnyEvent, AttentionNeeded, CaptureDropped, CaptureIntended, CapturePlanned, WaitsFor
from payments.methods import PaymentAction
from payments.operations import Intent, Operation, OperationKind
from payments.parts import LIVE_CAPTURE_STAGES, Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id, request_hash
from payments.refusals import Refusal, first_refusal
from payments.states import CaptureStage

Guard = Callable[[Payment, Authorization, Capture, datetime], Refusal | None]


def _left(payment: Payment) -> int:
    """What may still be captured: what the order owes and its holds have, the lesser of the two."""
    return capturable(payment, payment.authorizations)


def must_be_held(payment: Payment, hold: Authorization, _c: Capture, _now: datetime) -> Refusal | None:
    """Only what an issuer holds can be captured, and once, unless the provider takes several captures of it.

    Where nothing is left, *all that is left* would be no amount, which Connect reads as everything.
    """
    if hold.stage is AuthorizationStage.HELD and _left(payment) > 0:
        return None
    if any(capture.stage in LIVE_CAPTURE_STAGES for capture in payment.captures):
        once = "This account captures an authorization once, and that is done; what it left of the hold lapses."
        to_its_end = "The authorization was captured to its end: all of it, or all but what a last capture left."
        return Refusal(
            code="already_captured",
            field="amount",
            message=to_its_end if hold.several_captures else once,
            remedy="Ask the customer for another payment for the rest.",
        )
    if hold.is_pending:
        return _not_authorized_yet(hold)
    stands = "used up" if hold.stage is AuthorizationStage.HELD else hold.stage.value
    return Refusal(
        code="nothing_held",
        field="order",
        message=f"The authorization is {stands}: there is no hold to capture.",
        remedy="Do not ship; ask the customer for another payment.",
    )


def _not_authorized_yet(hold: Authorization) -> Refusal:
    if hold.waits_for is WaitsFor.REVIEW:
        return Refusal(
            code="in_review",
            field="order",
            message="The payment is in fraud review: nothing may be captured before it is accepted.",
            remedy="Accept or refuse the review first; do not ship until it is accepted.",
        )
    return Refusal(
        code="not_authorized_yet",
        field="order",
        message=f"The authorization still waits for the {hold.waits_for.value if hold.waits_for else 'provider'}.",
        remedy="Do not ship; ask again when it is authorized, the payment view tells.",
    )


def must_not_be_unresolved(payment: Payment, _h: Authorization, _c: Capture, _now: datetime) -> Refusal | None:
    """One operation at a time on a hold: two at once could both happen."""
    return must_be_resolved(payment)


def must_be_within_window(payment: Payment, hold: Authorization, _c: Capture, now: datetime) -> Refusal | None:
    """A late approve may be accepted and rejected days after: nobody ships against it."""
    expires = payment.window_end(hold)
    if expires is None or usable(payment, now):
        return None
    return Refusal(
        code="window_ended",
        field="order",
        message=f"The authorization's window ended at {expires.isoformat()}.",
        remedy="Do not ship; start another payment.",
    )


def must_be_of_the_currency(payment: Payment, _h: Authorization, command: Capture, _now: datetime) -> Refusal | None:
    """Money of another currency is not this order's."""
    currency = payment.money(0).currency
    if command.amount is None or command.amount.currency == currency:
        return None
    return Refusal(
        code="currency_differs",
        field="amount.currency",
        message=f"{command.amount.currency} is asked for and {currency} is held.",
        remedy=f"Send the amount in {currency}.",
    )


def must_be_positive(_p: Payment, _h: Authorization, command: Capture, _now: datetime) -> Refusal | None:
    """A capture of nothing would capture everything: Connect reads an empty amount so."""
    if command.amount is None or command.amount.amount_minor > 0:
        return None
    return Refusal(
        code="amount_not_positive",
        field="amount.amount_minor",
        message="A capture of nothing takes no money.",
        remedy="Send at least 1 minor unit, or void the payment.",
    )


def must_be_held_in_full(payment: Payment, _h: Authorization, command: Capture, now: datetime) -> Refusal | None:
    """Never capture above the holds, nor above what the order owes: an issuer may hold more than was asked."""
    left = capturable(payment, usable(payment, now))
    if command.amount is None or command.amount.amount_minor <= left:
        return None
    return Refusal(
        code="amount_above_hold",
        field="amount.amount_minor",
        message=f"{command.amount} is asked for and {payment.money(left)} is left to capture.",
        remedy=f"Capture at most {payment.money(left)}, or leave the amount out for all of it.",
    )


def must_be_whole_if_final(payment: Payment, _h: Authorization, command: Capture, _now: datetime) -> Refusal | None:
    """A final authorization is captured in full or not at all."""
    opened = payment.opened
    if opened is None or opened.action is not PaymentAction.FINAL_AUTHORIZATION or command.amount is None:
        return None
    if command.amount.amount_minor == _left(payment):
        return None
    return Refusal(
        code="final_authorization_is_whole",
        field="amount.amount_minor",
        message=f"A final authorization is captured in full: {payment.money(_left(payment))}.",
        remedy="Capture all of it, or use a pre-authorization for orders that may ship in parts.",
    )


def must_not_be_undone(_p: Payment, hold: Authorization, _c: Capture, _now: datetime) -> Refusal | None:
    """A refund of everything undid the order while its capture was queued: what is held again is voided."""
    if hold.undone_by is None or not hold.open_minor:
        return None
    return Refusal(
        code="order_undone",
        field="order",
        message="All of it was refunded before it was captured: the hold is being voided.",
        remedy="Do not ship; ask the customer for another payment.",
    )


GUARDS: tuple[Guard, ...] = (
    must_not_be_unresolved,
    must_not_be_undone,
    must_be_held,
    must_be_within_window,
    must_be_of_the_currency,
    must_be_positive,
    must_be_held_in_full,
    must_be_whole_if_final,
)


def refused_now(payment: Payment, hold: Authorization, command: Capture, now: datetime) -> Refusal | None:
    """Say why a capture could not be made now; None: it could."""
    return first_refusal(guard(payment, hold, command, now) for guard in GUARDS)


def decide_capture(payment: Payment, hold: Authorization, command: Capture, now: datetime) -> Decision:
    """Ask for a capture of what is named, or of all that is left; the amount is frozen here, as a number.

    What is captured of several holds is several operations: the first is asked for now, the others are planned.
    """
    refusal = refused_now(payment, hold, command, now)
    if refusal is not None:
        return Refuse(refusal=refusal)
    holds = usable(payment, now) or [hold]
    left = capturable(payment, holds)
    amount = left if command.amount is None else command.amount.amount_minor
    closes = command.final or amount == left
    first, *others = allocate(payment, holds, amount, final=closes)
    request_id, content = command.request_id, content_hash(command)
    perform = _of_part(payment, first, request_id, content, command.shipment_id)
    planned = [_planned(payment, part, f"{request_id}+{n}", command.shipment_id) for n, part in enumerate(others, 2)]
    used = {part.hold.authorization_id for part in (first, *others)}
    spare = [h for h in payment.authorizations if closes and h.authorization_id not in used and payment.free_minor(h)]
    released = [plan_release(payment, h, "order_changed") for h in spare]
    return perform.model_copy(update={"events": (*perform.events, *planned, *released)})


def decide_planned_capture(payment: Payment, now: datetime) -> Perform | Record | None:
    """Ask for the next planned part of a shipment; one whose hold is gone or ends is dropped, and told."""
    if payment.unresolved is not None:
        return None
    capture = next((c for c in payment.captures if c.stage is CaptureStage.PLANNED), None)
    if capture is None:
        return None
    hold = payment.hold(capture.authorization_id)
    expires = payment.window_end(hold)
    if hold.counts and hold.open_minor >= capture.amount_minor and (expires is None or now < expires):
        part = Part(hold=hold, amount_minor=capture.amount_minor, final=capture.final)
        content = request_hash({"part": capture.request_id})
        return _of_part(payment, part, capture.request_id, content, capture.shipment_id)
    amount = payment.money(capture.amount_minor)
    dropped = CaptureDropped(
        subject=capture.capture_id,
        authorization_id=hold.authorization_id,
        amount_minor=capture.amount_minor,
        reason=f"the hold is {hold.stage.value} or has ended",
    )
    told = f"{amount} of a shipment was not captured, since its hold is gone. Ask for another payment of it."
    needed = AttentionNeeded(subject=capture.capture_id, occurrence=payment.sequence + 2, sentence=told)
    return Record(events=(dropped, needed))


def _planned(payment: Payment, part: Part, request_id: str, shipment_id: str | None) -> CapturePlanned:
    return CapturePlanned(
        subject=operation_id(payment.key, OperationKind.CAPTURE, request_id),
        authorization_id=part.hold.authorization_id,
        request_id=request_id,
        shipment_id=shipment_id,
        amount_minor=part.amount_minor,
        final=part.final,
    )


def _of_part(payment: Payment, part: Part, request_id: str, content: str, shipment_id: str | None) -> Perform:
    hold = part.hold
    subject = operation_id(payment.key, OperationKind.CAPTURE, request_id)
    event = CaptureIntended(
        subject=subject,
        authorization_id=hold.authorization_id,
        request_id=request_id,
        request_hash=content,
        shipment_id=shipment_id,
        amount_minor=part.amount_minor,
        final=part.final,
    )
    operation = Operation(
        operation_id=subject,
        kind=OperationKind.CAPTURE,
        request_id=request_id,
        request_hash=content,
        authorization_id=hold.authorization_id,
        amount=payment.money(part.amount_minor),
        account=payment.account_of(hold),
        not_after=payment.window_end(hold),
        provider_id=hold.provider_id,
        one_of_several=hold.several_captures,
        is_final=part.final,
    )
    return Perform(operation=operation, events=(event,))


def capture_intended(intent: Intent, events: tuple[AnyEvent, ...]) -> tuple[AnyEvent, ...]:
    """The events that go with the intent of one of several captures; the ledger chose its reference."""
    return tuple(
        event.model_copy(update={"reference": intent.reference}) if isinstance(event, CaptureIntended) else event
        for event in events
    )
