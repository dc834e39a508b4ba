"""The provider's totals, where an earlier capture of the same hold was taken back.

Connect does not publish whether its totals fall then: a total that still counts what was taken back is as good as one
that does not. Any other total says what it says.
"""

from payments.parts import CaptureRecord
from payments.payment import Payment
from payments.provider import ProviderPayment
from payments.states import CaptureStage


def of_this_capture(payment: Payment, capture: CaptureRecord, reading: ProviderPayment) -> ProviderPayment:
    """Return the reading with the total of `capture` alone, where it counts what was taken back before it."""
    undone = sum(
        c.amount_minor
        for c in payment.captures
        if c.authorization_id == capture.authorization_id and c.stage is CaptureStage.TAKEN_BACK
    )
    told = reading.captured_minor
    if not undone or told is None or told - undone not in {capture.amount_minor, capture.reported_minor}:
        return reading
    return reading.model_copy(update={"captured_minor": told - undone})
