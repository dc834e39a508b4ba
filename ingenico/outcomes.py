"""From Connect's words for a payment to ours: one total table of statuses, and amounts back in minor units.

Statuses: `payment.py` of the official Python SDK 6.3.0; CAPTURE_IN_PROGRESS is known from the vendor's own Magento
plugin alone. `statusCode` is legacy and decides nothing.
"""

from ingenico.amounts import InexpressibleAmountError, minor_units
from ingenico.authentication import authentication_of
from ingenico.wire.payments import Payment, PaymentOutput
from ingenico.wire.redirects import MerchantAction
from ingenico.wire.status_output import ApiError, PaymentStatusOutput
from ingenico.wire.statuses import PaymentStatus, RefundStatus
from payments.events import Decline
from payments.money import Money
from payments.provider import ProviderPayment, Redirect, Release
from payments.references import return_mac_hash
from payments.states import ProviderStatus

STATUSES: dict[str, ProviderStatus] = {
    PaymentStatus.CREATED: ProviderStatus.PENDING,
    PaymentStatus.REDIRECTED: ProviderStatus.REDIRECTED,
    PaymentStatus.PENDING_PAYMENT: ProviderStatus.PENDING,
    PaymentStatus.PENDING_FRAUD_APPROVAL: ProviderStatus.IN_REVIEW,
    PaymentStatus.PENDING_COMPLETION: ProviderStatus.PENDING,
    PaymentStatus.AUTHORIZATION_REQUESTED: ProviderStatus.PENDING,
    # A card's hold; a direct debit has the same status without one, see _HELD_IF_AUTHORIZED.
    PaymentStatus.PENDING_APPROVAL: ProviderStatus.AUTHORIZED,
    PaymentStatus.PENDING_CAPTURE: ProviderStatus.AUTHORIZED,
    PaymentStatus.CAPTURE_REQUESTED: ProviderStatus.CAPTURE_REQUESTED,
    # Something is being taken: it must never look like an untouched hold.
    PaymentStatus.CAPTURE_IN_PROGRESS: ProviderStatus.CAPTURE_REQUESTED,
    PaymentStatus.CAPTURED: ProviderStatus.CAPTURED,
    PaymentStatus.PAID: ProviderStatus.COLLECTED,
    # Announced, and still with us until CHARGEBACKED.
    PaymentStatus.CHARGEBACK_NOTIFICATION: ProviderStatus.COLLECTED,
    PaymentStatus.CHARGEBACKED: ProviderStatus.RETURNED,
    PaymentStatus.REVERSED: ProviderStatus.RETURNED,
    PaymentStatus.REFUNDED: ProviderStatus.RETURNED,
    PaymentStatus.REJECTED: ProviderStatus.DECLINED,
    PaymentStatus.REJECTED_CAPTURE: ProviderStatus.CAPTURE_REJECTED,
    PaymentStatus.CANCELLED: ProviderStatus.RELEASED,
    # The answer to a question of ours that is never asked (an amount of zero), so nothing follows from it.
    PaymentStatus.ACCOUNT_VERIFIED: ProviderStatus.UNRECOGNISED,
}
_HELD_IF_AUTHORIZED = {PaymentStatus.PENDING_APPROVAL, PaymentStatus.PENDING_CAPTURE}
# By the vendor's Magento plugin further amounts are captured in CAPTURE_IN_PROGRESS too.
_TAKES_CAPTURES = {PaymentStatus.PENDING_CAPTURE, PaymentStatus.CAPTURE_IN_PROGRESS}
# "The refund has been rejected", and "rejected by the bank or us during processing" (`refund_result.py`).
DECLINED_REFUNDS: frozenset[str] = frozenset({RefundStatus.REJECTED, RefundStatus.REJECTED_CAPTURE})
_WITH_REASONS = {ProviderStatus.DECLINED, ProviderStatus.CAPTURE_REJECTED}

# Of `voidResponseId`: "00" is a successful reversal; "0", "8" and "11" were submitted, "5" and "55" declined, "98" and
# none unanswered (docstring of the SDK's CancelPaymentResponse): those holds lapse by their date.
_REVERSED_AT_ISSUER = "00"


def status_of(payment: Payment) -> ProviderStatus:
    """Translate a payment's status; a word that we do not know becomes UNRECOGNISED."""
    if payment.status in _HELD_IF_AUTHORIZED:
        held = payment.status_output is not None and payment.status_output.is_authorized is True
        return ProviderStatus.AUTHORIZED if held else ProviderStatus.PENDING
    return STATUSES.get(payment.status, ProviderStatus.UNRECOGNISED)


def provider_payment(
    payment: Payment,
    *,
    void_response_id: str | None = None,
    errors: tuple[ApiError, ...] = (),
    action: MerchantAction | None = None,
) -> ProviderPayment:
    """Translate a payment. `errors` are those beside it in a decline, used when it names none itself.

    `action` is what has to happen next, which only the answer to creating it tells.
    """
    status = status_of(payment)
    output = payment.payment_output or PaymentOutput()
    facts = payment.status_output or PaymentStatusOutput()
    amount, captured_minor, discrepancy = _amounts(payment.id, output)
    card = output.card_payment_method_specific_output
    return ProviderPayment(
        provider_id=payment.id,
        status=status,
        raw_status=payment.status,
        reference=output.references.merchant_reference if output.references else None,
        amount=amount,
        captured_minor=captured_minor,
        several_captures=payment.status in _TAKES_CAPTURES,
        authorization_code=card.authorisation_code if card else None,
        payment_product=_product(output),
        decline=_decline(facts, errors) if status in _WITH_REASONS else None,
        release=_release(void_response_id) if status is ProviderStatus.RELEASED else None,
        is_refundable=facts.is_refundable,
        is_authorized=facts.is_authorized is True,
        redirect=_redirect(action),
        authentication=authentication_of(card),
        changed_at=facts.status_code_change_date_time,
        discrepancy=discrepancy,
    )


def _product(output: PaymentOutput) -> int | None:
    redirect = output.redirect_payment_method_specific_output
    sepa = output.sepa_direct_debit_payment_method_specific_output
    debit = output.direct_debit_payment_method_specific_output
    told = (output.card_payment_method_specific_output, redirect, sepa, debit)
    return next((method.payment_product_id for method in told if method is not None), None)


def _amounts(payment_id: str, output: PaymentOutput) -> tuple[Money | None, int | None, str | None]:
    """Return amount, captured amount, and what is wrong with either in a sentence."""
    if output.amount_of_money is None:
        return None, None, f"Ingenico told no amount of payment {payment_id}. Look at it in Ingenico's console."
    currency = output.amount_of_money.currency_code
    try:
        amount = Money(amount_minor=minor_units(output.amount_of_money.amount, currency), currency=currency)
        return amount, _captured_minor(output, currency), None
    except InexpressibleAmountError as error:
        told = f"Ingenico tells an impossible amount of payment {payment_id}: {error}. "
        return None, None, told + "Nothing was rounded or booked: look at it in Ingenico's console."


def _captured_minor(output: PaymentOutput, currency: str) -> int | None:
    """One capture passes from requested to captured to paid: the largest of the three is what was taken so far."""
    totals = (output.amount_paid, output.amount_captured, output.amount_capture_requested)
    largest = max((total or 0 for total in totals), default=0)
    return minor_units(largest, currency) if largest > 0 else None


def _decline(facts: PaymentStatusOutput, beside: tuple[ApiError, ...]) -> Decline | None:
    errors = facts.errors or beside
    if not errors:
        return None
    return Decline(code=errors[0].code, message=errors[0].message, may_retry=facts.is_retriable)


def _redirect(action: MerchantAction | None) -> Redirect | None:
    told = action.redirect_data if action is not None else None
    if told is None:
        return None
    mac = told.returnmac
    return Redirect(
        url=told.redirect_url.get_secret_value(),
        return_mac_hash=return_mac_hash(mac.get_secret_value()) if mac is not None else None,
    )


def _release(void_response_id: str | None) -> Release:
    return Release.CONFIRMED if void_response_id == _REVERSED_AT_ISSUER else Release.REQUESTED
