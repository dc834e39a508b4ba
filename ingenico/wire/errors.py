"""What Connect says when it does not do what was asked.

Sources: `error_response.py`, `api_error.py`, `payment_error_response.py`, `refund_error_response.py`.
"""

from ingenico.wire.base import Received
from ingenico.wire.payments import CreatePaymentAnswer
from ingenico.wire.refunds import Refund
from ingenico.wire.status_output import ApiError


class ErrorAnswer(Received):
    """A refusal; with `payment_result` or `refund_result` it is a decline, whatever the HTTP status."""

    error_id: str | None = None
    """Unique reference, for debugging purposes, of this error response."""
    errors: tuple[ApiError, ...] | None = None
    payment_result: CreatePaymentAnswer | None = None
    refund_result: Refund | None = None
