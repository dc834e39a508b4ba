"""An authorization that is pending: a review is decided, and what waits too long is given up."""

from datetime import datetime
from typing import assert_never

from payments.commands import Review, ReviewDecision, content_hash
from payments.decide.decision import AlreadyDone, Decision, Perform, Refuse
from payments.decide.release import must_not_be_unresolved, void
from payments.events import AcceptIntended, WaitsFor
from payments.events.release import VoidCause
from payments.methods import LateSuccess
from payments.operations import Operation, OperationKind
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id, request_hash
from payments.refusals import Refusal

# Why the engine itself gives up a pending authorization, by whom it waited for.
_CAUSES: dict[WaitsFor, VoidCause] = {
    WaitsFor.CUSTOMER: "customer",
    WaitsFor.REVIEW: "review_deadline",
    WaitsFor.ISSUER: "window",
}


def decide_review(payment: Payment, hold: Authorization, command: Review) -> Decision:
    """Accept or refuse the payment that is in review, or say that none is."""
    reviewed = next((a for a in payment.authorizations if a.waits_for is WaitsFor.REVIEW), None)
    if reviewed is None:
        return _not_in_review(hold, command)
    refusal = must_not_be_unresolved(payment, reviewed)
    if refusal is not None:
        return Refuse(refusal=refusal)
    match command.decision:
        case ReviewDecision.ACCEPT:
            return _accept(payment, reviewed, command)
        case ReviewDecision.REFUSE:
            return void(payment, reviewed, command.request_id, content_hash(command), "review_refused")
        case _:
            assert_never(command.decision)


def _accept(payment: Payment, hold: Authorization, command: Review) -> Perform:
    subject = operation_id(payment.key, OperationKind.ACCEPT, command.request_id)
    event = AcceptIntended(
        subject=subject,
        authorization_id=hold.authorization_id,
        request_id=command.request_id,
        request_hash=content_hash(command),
        reason=command.reason,
    )
    return Perform(operation=accept_operation(payment, hold, command.request_id, event.request_hash), events=(event,))


def accept_operation(payment: Payment, hold: Authorization, request_id: str, content: str) -> Operation:
    """Name an acceptance, so that the ledger finds its intent."""
    return Operation(
        operation_id=operation_id(payment.key, OperationKind.ACCEPT, request_id),
        kind=OperationKind.ACCEPT,
        request_id=request_id,
        request_hash=content,
        authorization_id=hold.authorization_id,
        amount=payment.money(hold.amount_minor),
        account=payment.account_of(hold),
        provider_id=hold.provider_id,
        of_pending=True,
    )


def _not_in_review(hold: Authorization, command: Review) -> Decision:
    """A review that was decided meanwhile, here or in the provider's console, is done; another was never open."""
    is_held = hold.stage is AuthorizationStage.HELD and command.decision is ReviewDecision.ACCEPT
    gone = {AuthorizationStage.VOIDED, AuthorizationStage.ABANDONED, AuthorizationStage.DECLINED}
    is_gone = hold.stage in gone and command.decision is ReviewDecision.REFUSE
    if hold.pending_since is not None and (is_held or is_gone):
        return AlreadyDone(message=f"The review is over: the authorization is {hold.stage.value}.")
    return Refuse(
        refusal=Refusal(
            code="not_in_review",
            field="decision",
            message=f"No fraud review waits to be decided: the authorization is {hold.stage.value}.",
            remedy="Look at the payment view; capture or void the payment as it stands.",
        )
    )


def decide_pending_due(payment: Payment, now: datetime) -> Perform | None:
    """Give up a pending authorization whose time is over, and release one that succeeded after that."""
    if payment.unresolved is not None:
        return None
    for hold in payment.authorizations:
        cause = _cause(payment, hold, now)
        if cause is not None:
            request_id = _own_request(cause, hold)
            return void(payment, hold, request_id, request_hash({"cause": request_id}), cause)
    return None


def next_pending_at(payment: Payment) -> datetime | None:
    """Return when time alone ends the wait for somebody."""
    if payment.unresolved is not None:
        return None
    times = [payment.waits_until(a) for a in payment.authorizations if _may_be_given_up(payment, a)]
    return min((at for at in times if at is not None), default=None)


def _cause(payment: Payment, hold: Authorization, now: datetime) -> VoidCause | None:
    until = payment.waits_until(hold)
    if hold.waits_for is not None:
        return _CAUSES[hold.waits_for] if until and now >= until and _may_be_given_up(payment, hold) else None
    # It could not be cancelled while its customer was given up, and then it succeeded.
    was_given_up = payment.request(_own_request("customer", hold)) is not None
    released = payment.request(_own_request("late_success", hold)) is not None
    terms = payment.terms_of(hold)
    rule = terms.late_success if terms else LateSuccess.KEEP
    is_untouched = hold.open_minor > 0 and not payment.live_captures(hold.authorization_id)
    is_held = hold.stage is AuthorizationStage.HELD and is_untouched
    return "late_success" if is_held and was_given_up and not released and rule is LateSuccess.RELEASE else None


def _may_be_given_up(payment: Payment, hold: Authorization) -> bool:
    """Each is given up once for whom it waits for: where that is refused, the provider's own end is waited for.

    A page on which nothing was paid is closed instead (`decide/checkout.py`).
    """
    if hold.at_checkout:
        return False
    return hold.waits_for is not None and payment.request(_own_request(_CAUSES[hold.waits_for], hold)) is None


def _own_request(cause: VoidCause, hold: Authorization) -> str:
    """Name the engine's own void by its cause and the attempt, so that it is one operation however often time asks."""
    return f"@{cause.replace('_', '-')}-{hold.number}"
