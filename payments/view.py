"""What others are told: the whole view of a payment, and the answers to what is asked of it."""

from datetime import datetime
from enum import StrEnum

from payments.base import Value
from payments.decide.refund import refundable_minor
from payments.decide.take_back import can_be_taken_back
from payments.events import Authentication, Decline, GivenUp, WaitsFor
from payments.money import Money
from payments.parts import Authorization, AuthorizationStage, RefundRecord
from payments.payment import Payment
from payments.products import NAMES
from payments.refusals import Refusal
from payments.states import CaptureStage, PaymentState, Purpose, RefundStage


class Amounts(Value):
    """Where the money stands; each in the payment's currency, minor units."""

    owed: Money
    authorized: Money
    may_capture: Money
    in_review: Money
    """Held on the card, and not to be captured before a fraud review is accepted."""
    being_captured: Money
    lapsing: Money
    """Still on the card, and not to be captured any more."""
    capture_requested: Money
    captured: Money
    """Confirmed by the provider, collected included."""
    collected: Money
    may_refund: Money
    refund_asked: Money
    """Promised back and not paid out yet."""
    refunded: Money


class CaptureView(Value):
    """One capture."""

    capture_id: str
    request_id: str
    shipment_id: str | None
    amount: Money
    stage: CaptureStage
    final: bool
    """No capture follows it."""
    transaction_id: str | None
    """Ingenico's capture id, where the payment takes several captures."""
    merchant_reference: str | None
    """Our own reference of it, where the payment takes several captures."""


class RefundView(Value):
    """One refund."""

    refund_id: str
    request_id: str
    capture_id: str
    amount: Money
    stage: RefundStage
    transaction_id: str | None
    """Ingenico's refund id."""
    not_before: datetime | None
    """When it is asked for again, where it has to wait."""
    reason: str | None
    """Why it failed."""


class ScheduledView(Value):
    """A capture that waits for its time."""

    request_id: str
    at: datetime
    amount: Money | None
    """Absent: all that is left then."""
    final: bool
    shipment_id: str | None


class PaidWith(Value):
    """One of the provider's payment products."""

    id: int
    name: str | None
    """None for one that this version does not know."""


class AuthorizationView(Value):
    """One authorization: an order may have several."""

    authorization_id: str
    purpose: Purpose
    stage: AuthorizationStage
    amount: Money
    may_capture: Money
    account: str
    transaction_id: str | None
    """Ingenico's payment id."""
    merchant_reference: str
    authorization_code: str | None
    expires_at: datetime | None
    """When it is voided by itself, unshipped."""
    decline: Decline | None
    being_released: bool
    """It is there and to be released: another takes its place, or it is not needed."""


class PaymentView(Value):
    """Everything there is to know about one payment."""

    shop: str
    order_id: str
    state: PaymentState
    transaction_id: str | None = None
    """Ingenico's payment id."""
    authorization_code: str | None = None
    merchant_reference: str | None = None
    amounts: Amounts | None = None
    several_captures: bool | None = None
    """Whether each shipment may be captured by itself; false: one capture, and what it leaves of the hold lapses."""
    authorizations: tuple[AuthorizationView, ...] = ()
    captures: tuple[CaptureView, ...] = ()
    refunds: tuple[RefundView, ...] = ()
    decline: Decline | None = None
    authentication: Authentication | None = None
    """What came of 3-D Secure and of the checks of address and card."""
    payment_product: PaidWith | None = None
    """What it was paid with: a card's brand, a wallet, a bank's service."""
    may_retry_until: datetime | None = None
    """Until when the order may be paid in another way, after an authorization that came to nothing."""
    reason: str | None = None
    waits_for: WaitsFor | None = None
    waits_until: datetime | None = None
    """When a pending authorization is given up."""
    expires_at: datetime | None = None
    """When what is held and unshipped is voided by itself; none when nothing waits for shipping."""
    scheduled: ScheduledView | None = None
    """The capture that waits for its time."""
    warning: str | None = None
    """What fulfilment has to do before the window ends; none at other times."""
    unknown_operation: str | None = None
    attention: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    """What may be asked next."""
    events: int = 0
    """How many events its story has so far."""


class AuthorizationResult(StrEnum):
    """How an authorization ended, or why its end is not told yet."""

    AUTHORIZED = "authorized"
    RELEASED = "released"
    """It was authorized, and the hold is gone: voided, or ended. Ship nothing."""
    DECLINED = "declined"
    REFUSED = "refused"
    REDIRECT = "redirect"
    """The customer is needed: send them to `redirect_url`, and ask again when they return."""
    IN_REVIEW = "in_review"
    """A fraud review is to be decided: ship nothing; the outcome is told when you ask again."""
    PENDING = "pending"
    """Not asked yet, or being asked: ask again."""
    UNKNOWN = "unknown"
    """Asked, and the answer was lost: it is being found out; ask again, and ship nothing."""


class AuthorizationAnswer(Value):
    """What the order service is told."""

    result: AuthorizationResult
    state: PaymentState
    operation_id: str | None = None
    transaction_id: str | None = None
    authorization_code: str | None = None
    merchant_reference: str | None = None
    amount: Money | None = None
    several_captures: bool | None = None
    """Whether each shipment may be captured by itself; told with the authorization, before anything is shipped."""
    expires_at: datetime | None = None
    redirect_url: str | None = None
    """Where the customer has to be sent. With `redirect` and without it the answer that told it was lost: wait until
    `waits_until`, or ask for another payment."""
    waits_until: datetime | None = None
    """When a payment that waits for its customer, a review or the issuer is given up."""
    authentication: Authentication | None = None
    decline: Decline | None = None
    may_retry_until: datetime | None = None
    """Until when the order may be paid in another way; `decline.may_retry` false: not with the same card."""
    reason: str | None = None
    refusals: tuple[Refusal, ...] = ()


class CommandResult(StrEnum):
    """What became of a command."""

    DONE = "done"
    """The provider accepted it: a capture is queued, a void went through."""
    ALREADY_DONE = "already_done"
    SCHEDULED = "scheduled"
    """A capture waits for its time."""
    TAKEN_BACK = "taken_back"
    """A refund needed no money to go back: the capture was taken back before any came."""
    REFUSED = "refused"
    PENDING = "pending"
    """Accepted and not finished within the asker's patience: the same request id asks again."""
    FAILED = "failed"
    """It was accepted here and is proven not to have happened; `state` and `attention` tell the rest."""


class CommandAnswer(Value):
    """What the asker of a capture or a void is told."""

    result: CommandResult
    state: PaymentState
    operation_id: str | None = None
    amount: Money | None = None
    message: str | None = None
    refusal: Refusal | None = None


def view_of(payment: Payment) -> PaymentView:
    """Return the whole view."""
    hold = payment.authorization
    return PaymentView(
        shop=payment.key.shop,
        order_id=payment.key.order_id,
        state=payment.state,
        transaction_id=hold.provider_id if hold else None,
        authorization_code=hold.authorization_code if hold else None,
        merchant_reference=hold.reference if hold else None,
        amounts=_amounts(payment),
        several_captures=hold.several_captures if hold and hold.authorized_at and not hold.is_pending else None,
        authorizations=tuple(_authorization_view(payment, each) for each in payment.authorizations),
        captures=tuple(
            CaptureView(
                capture_id=c.capture_id,
                request_id=c.request_id,
                shipment_id=c.shipment_id,
                amount=payment.money(c.amount_minor),
                stage=c.stage,
                final=c.final,
                transaction_id=c.provider_capture_id,
                merchant_reference=c.reference,
            )
            for c in payment.captures
        ),
        refunds=tuple(_refund_view(payment, refund) for refund in payment.refunds),
        decline=hold.decline if hold else None,
        authentication=hold.authentication if hold else None,
        payment_product=_paid_with(hold) if hold else None,
        may_retry_until=payment.retry_until,
        reason=_reason(hold) if hold else None,
        waits_for=hold.waits_for if hold else None,
        waits_until=payment.waits_until(hold) if hold else None,
        expires_at=payment.expires_at if hold and hold.open_minor else None,
        scheduled=_scheduled(payment),
        warning=payment.warning,
        unknown_operation=payment.unknown_operation,
        attention=tuple(a.sentence for a in payment.attention),
        may=_may(payment),
        events=payment.sequence,
    )


def _paid_with(hold: Authorization) -> PaidWith | None:
    number = hold.payment_product
    return None if number is None else PaidWith(id=number, name=NAMES.get(number))


def _reason(hold: Authorization) -> str | None:
    return hold.given_up.value if hold.given_up is not None else hold.refusal


def answer_of(payment: Payment, redirect_url: str | None = None) -> AuthorizationAnswer:
    """Say how the authorization stands, for the order service; `redirect_url` is where its customer is awaited."""
    hold = payment.authorization
    view = view_of(payment)
    authorized = hold is not None and hold.provider_id is not None and hold.decline is None
    result = _result(payment)
    return AuthorizationAnswer(
        result=result,
        state=payment.state,
        operation_id=hold.authorization_id if hold else None,
        transaction_id=view.transaction_id,
        authorization_code=view.authorization_code,
        merchant_reference=view.merchant_reference,
        amount=payment.money(hold.amount_minor) if hold and authorized else None,
        several_captures=view.several_captures,
        expires_at=view.expires_at,
        redirect_url=redirect_url if result is AuthorizationResult.REDIRECT else None,
        waits_until=view.waits_until,
        authentication=view.authentication,
        decline=view.decline,
        may_retry_until=view.may_retry_until,
        reason=view.reason or (view.decline.message if view.decline else None),
    )


def _result(payment: Payment) -> AuthorizationResult:
    hold = payment.authorization
    if hold is None:
        return AuthorizationResult.PENDING
    if not hold.is_resolved:
        asked = payment.unknown_operation == hold.authorization_id
        return AuthorizationResult.UNKNOWN if asked else AuthorizationResult.PENDING
    if hold.waits_for is not None:
        return _WAITING[hold.waits_for] if hold.void is None else AuthorizationResult.PENDING
    if hold.given_up not in {None, GivenUp.CANCELLED}:
        return AuthorizationResult.DECLINED
    match hold.stage:
        case AuthorizationStage.DECLINED:
            return AuthorizationResult.DECLINED
        case AuthorizationStage.REFUSED | AuthorizationStage.ABANDONED:
            return AuthorizationResult.REFUSED
        case AuthorizationStage.VOIDED | AuthorizationStage.EXPIRED:
            return AuthorizationResult.RELEASED
        case _:
            return AuthorizationResult.AUTHORIZED


_WAITING = {
    WaitsFor.CUSTOMER: AuthorizationResult.REDIRECT,
    WaitsFor.REVIEW: AuthorizationResult.IN_REVIEW,
    WaitsFor.ISSUER: AuthorizationResult.PENDING,
}


def _authorization_view(payment: Payment, hold: Authorization) -> AuthorizationView:
    return AuthorizationView(
        authorization_id=hold.authorization_id,
        purpose=hold.purpose,
        stage=hold.stage,
        amount=payment.money(hold.amount_minor),
        may_capture=payment.money(hold.open_minor if hold.counts else 0),
        account=payment.account_of(hold),
        transaction_id=hold.provider_id,
        merchant_reference=hold.reference,
        authorization_code=hold.authorization_code,
        expires_at=payment.window_end(hold) if hold.open_minor else None,
        decline=hold.decline,
        being_released=hold.void is not None or (hold.planned is not None and hold.open_minor > 0),
    )


def _refund_view(payment: Payment, refund: RefundRecord) -> RefundView:
    return RefundView(
        refund_id=refund.refund_id,
        request_id=refund.request_id,
        capture_id=refund.capture_id,
        amount=payment.money(refund.amount_minor),
        stage=refund.stage,
        transaction_id=refund.provider_refund_id,
        not_before=refund.not_before,
        reason=refund.reason,
    )


def _scheduled(payment: Payment) -> ScheduledView | None:
    plan = payment.waiting_capture()
    if plan is None:
        return None
    return ScheduledView(
        request_id=plan.request_id,
        at=plan.at,
        amount=None if plan.amount_minor is None else payment.money(plan.amount_minor),
        final=plan.final,
        shipment_id=plan.shipment_id,
    )


def _amounts(payment: Payment) -> Amounts | None:
    if payment.opened is None:
        return None
    holds = payment.authorizations
    held = [hold for hold in holds if hold.authorized_at is not None and not hold.is_pending]

    def captures(*stages: CaptureStage) -> Money:
        return payment.money(sum(c.amount_minor for c in payment.captures if c.stage in stages))

    def refunds(*stages: RefundStage) -> Money:
        return payment.money(sum(r.amount_minor for r in payment.refunds if r.stage in stages))

    return Amounts(
        owed=payment.money(payment.owed_minor),
        authorized=payment.money(sum(h.amount_minor for h in held)),
        may_capture=payment.money(sum(h.open_minor for h in holds if h.counts)),
        in_review=payment.money(sum(h.open_minor for h in holds if h.is_pending)),
        being_captured=payment.money(sum(h.reserved_minor for h in holds)),
        lapsing=payment.money(sum(h.lapsing_minor for h in holds)),
        capture_requested=captures(CaptureStage.REQUESTED),
        captured=captures(CaptureStage.CAPTURED, CaptureStage.COLLECTED),
        collected=captures(CaptureStage.COLLECTED),
        may_refund=payment.money(sum(refundable_minor(payment, c) for c in payment.captures)),
        refund_asked=refunds(RefundStage.ASKED, RefundStage.INTENDED, RefundStage.REQUESTED),
        refunded=refunds(RefundStage.REFUNDED),
    )


def _may(payment: Payment) -> tuple[str, ...]:
    if not payment.authorizations or payment.unresolved is not None:
        return ()
    if payment.absent is not None:
        return ("void",)
    back = ("take_back_capture",) if any(can_be_taken_back(payment, c) for c in payment.captures) else ()
    waits = [h for h in payment.authorizations if h.is_pending]
    if waits and not back and not any(h.counts and h.open_minor for h in payment.authorizations):
        return ("review", "void") if any(h.waits_for is WaitsFor.REVIEW for h in waits) else ("void",)
    may_ship = any(h.counts and h.open_minor for h in payment.authorizations)
    release = ("capture", "void", "schedule_capture", "change_window") if may_ship else ()
    refund = ("refund",) if any(refundable_minor(payment, c) > 0 for c in payment.captures) else ()
    retry = ("retry",) if payment.retry_until is not None else ()
    return (*release, *back, *refund, *retry)
