"""From Connect's words for one of several captures to ours, and its amount back in minor units.

Statuses: `capture.py` of the official Python SDK 6.3.0.
"""

from ingenico.amounts import InexpressibleAmountError, minor_units
from ingenico.wire.captures import Capture, CaptureOutput
from ingenico.wire.statuses import CaptureStatus
from payments.money import Money
from payments.provider import ProviderCapture
from payments.states import ProviderStatus

STATUSES: dict[str, ProviderStatus] = {
    # It exists: it must never look as if it had not been asked for.
    CaptureStatus.CREATED: ProviderStatus.CAPTURE_REQUESTED,
    CaptureStatus.CAPTURE_REQUESTED: ProviderStatus.CAPTURE_REQUESTED,
    CaptureStatus.CAPTURED: ProviderStatus.CAPTURED,
    CaptureStatus.PAID: ProviderStatus.COLLECTED,
    CaptureStatus.CANCELLED: ProviderStatus.RELEASED,
    CaptureStatus.REJECTED_CAPTURE: ProviderStatus.CAPTURE_REJECTED,
    CaptureStatus.REVERSED: ProviderStatus.RETURNED,
    # Announced, and still with us until CHARGEBACKED.
    CaptureStatus.CHARGEBACK_NOTIFICATION: ProviderStatus.COLLECTED,
    CaptureStatus.CHARGEBACKED: ProviderStatus.RETURNED,
}


def provider_capture(capture: Capture) -> ProviderCapture:
    """Translate a capture; a word that we do not know becomes UNRECOGNISED."""
    output = capture.capture_output or CaptureOutput()
    return ProviderCapture(
        capture_id=capture.id,
        status=STATUSES.get(capture.status, ProviderStatus.UNRECOGNISED),
        raw_status=capture.status,
        reference=output.references.merchant_capture_reference if output.references else None,
        amount=_amount(output),
        is_refundable=capture.status_output.is_refundable if capture.status_output else None,
    )


def _amount(output: CaptureOutput) -> Money | None:
    money = output.amount_of_money
    if money is None:
        return None
    try:
        return Money(amount_minor=minor_units(money.amount, money.currency_code), currency=money.currency_code)
    except InexpressibleAmountError:
        return None
