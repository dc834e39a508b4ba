"""What stands beside a status, and the reasons it names.

Sources: `order_status_output.py`, `payment_status_output.py`, `capture_status_output.py`, `api_error.py`. The numeric
`statusCode` is not read: "You should not write new business logic based on this property".
"""

from ingenico.wire.base import Received


class ApiError(Received):
    """One reason of a refusal or decline."""

    code: str = ""
    id: str | None = None
    """A short human-readable message that briefly describes the error."""
    category: str | None = None
    """CONNECT_PLATFORM_ERROR, PAYMENT_PLATFORM_ERROR or IO_ERROR."""
    message: str = ""
    """By the SDK: "Not meant to be relayed to customer as it might tip off people who are trying to commit fraud"."""
    property_name: str | None = None
    """A JSONata path to the value, "only if the error relates to a value that was missing or incorrect"."""


class OrderStatusOutput(Received):
    """What stands beside the status of a refund, a dispute or a payment."""

    is_cancellable: bool | None = None
    is_retriable: bool | None = None
    """Flag indicating whether a rejected payment may be retried by the merchant without incurring a fee."""
    status_category: str | None = None
    status_code_change_date_time: str | None = None
    """YYYYMMDDHH24MISS, local to the platform: no zone is told, so nothing is computed from it."""
    errors: tuple[ApiError, ...] | None = None


class PaymentStatusOutput(OrderStatusOutput):
    """What stands beside a payment's status."""

    is_authorized: bool | None = None
    """Indicates if the transaction has been authorized."""
    is_refundable: bool | None = None
    """Flag indicating if the payment can be refunded."""


class CaptureStatusOutput(Received):
    """What stands beside a capture's status."""

    is_final: bool | None = None
    """This property indicates whether this is the final capture of this transaction."""
    is_refundable: bool | None = None
    is_retriable: bool | None = None
    """Flag indicating whether a rejected capture may be retried by you without incurring a fee."""
    status_code_change_date_time: str | None = None
