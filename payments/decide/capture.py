"""Taking the money: what must hold before a capture is asked for, one guard a rule."""

from collections.abc import Callable
from datetime import datetime

from payments.commands import Capture, content_hash
from payments.decide.decision import Decision, Perform, Refuse
from payments.decide.resolved import must_be_resolved
from payments.events import AnyEvent, CaptureIntended, WaitsFor
from payments.methods import PaymentAction
from payments.operations import Intent, Operation, OperationKind
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id
from payments.refusals import Refusal

Guard = Callable[[Payment, Authorization, Capture, datetime], Refusal | None]


def _left(payment: Payment, hold: Authorization) -> int:
    """What may still be captured: what the order owes and the hold has, the lesser of the two."""
    owed = payment.opened.owed.amount_minor if payment.opened else 0
    return min(hold.open_minor, owed - payment.captured_minor)


def must_be_held(payment: Payment, hold: Authorization, _c: Capture, _now: datetime) -> Refusal | None:
    """Only what an issuer holds can be captured, and once, unless the provider takes several captures of it.

    Where nothing is left, *all that is left* would be no amount, which Connect reads as everything.
    """
    if hold.stage is AuthorizationStage.HELD and _left(payment, hold) > 0:
        return None
    if payment.live_captures(hold.authorization_id):
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


def must_be_within_window(payment: Payment, _h: Authorization, _c: Capture, now: datetime) -> Refusal | None:
    """A late approve may be accepted and rejected days after: nobody ships against it."""
    if payment.expires_at is None or now < payment.expires_at:
        return None
    return Refusal(
        code="window_ended",
        field="order",
        message=f"The authorization's window ended at {payment.expires_at.isoformat()}.",
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


def must_be_held_in_full(payment: Payment, hold: Authorization, command: Capture, _now: datetime) -> Refusal | None:
    """Never capture above the hold, nor above what the order owes: an issuer may hold more than was asked."""
    left = _left(payment, hold)
    if command.amount is None or command.amount.amount_minor <= left:
        return None
    return Refusal(
        code="amount_above_hold",
        field="amount.amount_minor",
        message=f"{command.amount} is asked for and {payment.money(left)} is left to capture.",
        remedy=f"Capture at most {payment.money(left)}, or leave the amount out for all of it.",
    )


def must_be_whole_if_final(payment: Payment, hold: Authorization, command: Capture, _now: datetime) -> Refusal | None:
    """A final authorization is captured in full or not at all."""
    opened = payment.opened
    if opened is None or opened.action is not PaymentAction.FINAL_AUTHORIZATION or command.amount is None:
        return None
    if command.amount.amount_minor == _left(payment, hold):
        return None
    return Refusal(
        code="final_authorization_is_whole",
        field="amount.amount_minor",
        message=f"A final authorization is captured in full: {payment.money(_left(payment, hold))}.",
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
    refusals = (guard(payment, hold, command, now) for guard in GUARDS)
    return next((refusal for refusal in refusals if refusal is not None), None)


def decide_capture(payment: Payment, hold: Authorization, command: Capture, now: datetime) -> Decision:
    """Ask for a capture of what is named, or of all that is left; the amount is frozen here, as a number."""
    refusal = refused_now(payment, hold, command, now)
    if refusal is not None:
        return Refuse(refusal=refusal)
    amount = command.amount or payment.money(_left(payment, hold))
    subject = operation_id(payment.key, OperationKind.CAPTURE, command.request_id)
    takes_all = amount.amount_minor == _left(payment, hold)
    is_final = command.final or takes_all or not hold.several_captures
    event = CaptureIntended(
        subject=subject,
        authorization_id=hold.authorization_id,
        request_id=command.request_id,
        request_hash=content_hash(command),
        shipment_id=command.shipment_id,
        amount_minor=amount.amount_minor,
        final=is_final,
    )
    operation = Operation(
        operation_id=subject,
        kind=OperationKind.CAPTURE,
        request_id=command.request_id,
        request_hash=event.request_hash,
        authorization_id=hold.authorization_id,
        amount=amount,
        account=payment.account,
        not_after=payment.expires_at,
        provider_id=hold.provider_id,
        one_of_several=hold.several_captures,
        is_final=is_final,
    )
    return Perform(operation=operation, events=(event,))


def capture_intended(intent: Intent, events: tuple[AnyEvent, ...]) -> tuple[AnyEvent, ...]:
    """The events that go with the intent of one of several captures; the ledger chose its reference."""
    return tuple(
        event.model_copy(update={"reference": intent.reference}) if isinstance(event, CaptureIntended) else event
        for event in events
    )
