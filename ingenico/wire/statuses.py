"""Every status that Connect documents, with its own words for it. Answers keep theirs as text: new ones may come.

Sources: `payment.py`, `capture.py`, `refund_result.py`, `mandate_response.py`, `get_hosted_checkout_response.py`. What
they mean to us is decided in `ingenico.outcomes`.
"""

from enum import StrEnum


class PaymentStatus(StrEnum):
    """A payment's status (`payment.py`)."""

    ACCOUNT_VERIFIED = "ACCOUNT_VERIFIED"
    """The account has been verified using a validation services like 0$ auth."""
    CREATED = "CREATED"
    """The transaction has been created. This is the initial state once a new payment is created."""
    REDIRECTED = "REDIRECTED"
    """The customer has been redirected to a 3rd party to complete the authentication/payment."""
    PENDING_PAYMENT = "PENDING_PAYMENT"
    """Instructions have been provided and we are now waiting for the money to come in."""
    PENDING_FRAUD_APPROVAL = "PENDING_FRAUD_APPROVAL"
    """The transaction has been marked for manual review after an automatic fraud screening."""
    PENDING_APPROVAL = "PENDING_APPROVAL"
    """The transaction is awaiting approval from you to proceed with the capturing of the funds."""
    PENDING_COMPLETION = "PENDING_COMPLETION"
    """The transaction needs to be completed."""
    PENDING_CAPTURE = "PENDING_CAPTURE"
    """The transaction is waiting for you to request one or more captures of the funds."""
    REJECTED = "REJECTED"
    """The transaction has been rejected."""
    AUTHORIZATION_REQUESTED = "AUTHORIZATION_REQUESTED"
    """We have requested an authorization against an asynchronous system and is awaiting its response."""
    CAPTURE_REQUESTED = "CAPTURE_REQUESTED"
    """The transaction is in the queue to be captured."""
    CAPTURE_IN_PROGRESS = "CAPTURE_IN_PROGRESS"
    """Not in the SDK: the vendor's Magento 2 plugin captures further amounts in it."""
    CAPTURED = "CAPTURED"
    """The transaction has been captured and we have received online confirmation."""
    PAID = "PAID"
    """We have matched the incoming funds to the transaction."""
    CANCELLED = "CANCELLED"
    """You have cancelled the transaction."""
    REJECTED_CAPTURE = "REJECTED_CAPTURE"
    """We or one of our downstream acquirers/providers have rejected the capture request."""
    REVERSED = "REVERSED"
    """The transaction has been reversed."""
    CHARGEBACK_NOTIFICATION = "CHARGEBACK_NOTIFICATION"
    """We have received a notification of chargeback and this status informs you that your account will be debited."""
    CHARGEBACKED = "CHARGEBACKED"
    """The transaction has been chargebacked."""
    REFUNDED = "REFUNDED"
    """The transaction has been refunded."""


class CaptureStatus(StrEnum):
    """A capture's status (`capture.py`)."""

    CREATED = "CREATED"
    """The capture has been created on our side."""
    CAPTURE_REQUESTED = "CAPTURE_REQUESTED"
    """The transaction is in the queue to be captured."""
    CAPTURED = "CAPTURED"
    """The transaction has been captured and we have received online confirmation."""
    PAID = "PAID"
    """We have matched the incoming funds to the transaction."""
    CANCELLED = "CANCELLED"
    """You have cancelled the capture."""
    REJECTED_CAPTURE = "REJECTED_CAPTURE"
    """The capture has been rejected."""
    REVERSED = "REVERSED"
    """The capture has been reversed."""
    CHARGEBACK_NOTIFICATION = "CHARGEBACK_NOTIFICATION"
    """A notification of chargeback: your account will be debited."""
    CHARGEBACKED = "CHARGEBACKED"
    """The transaction has been chargebacked."""


class RefundStatus(StrEnum):
    """A refund's status (`refund_result.py`)."""

    CREATED = "CREATED"
    """The transaction has been created. This is the initial state once a new refund is created."""
    PENDING_APPROVAL = "PENDING_APPROVAL"
    """The transaction is awaiting approval from you to proceed with the processing of the refund."""
    REJECTED = "REJECTED"
    """The refund has been rejected."""
    REFUND_REQUESTED = "REFUND_REQUESTED"
    """The transaction is in the queue to be refunded."""
    CAPTURED = "CAPTURED"
    """Not in the SDK: known from the webhook event `refund.captured` and the vendor's plugins."""
    REFUNDED = "REFUNDED"
    """We have successfully refunded the customer."""
    REJECTED_CAPTURE = "REJECTED_CAPTURE"
    """The refund was rejected by the bank or us during processing."""
    CANCELLED = "CANCELLED"
    """You have cancelled the transaction."""


class MandateStatus(StrEnum):
    """A mandate's status (`mandate_response.py`, which names them without explaining)."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    CREATED = "CREATED"
    REVOKED = "REVOKED"
    WAITING_FOR_REFERENCE = "WAITING_FOR_REFERENCE"
    BLOCKED = "BLOCKED"
    USED = "USED"


class HostedCheckoutStatus(StrEnum):
    """A hosted checkout's status (`get_hosted_checkout_response.py`)."""

    IN_PROGRESS = "IN_PROGRESS"
    """The checkout is still in progress and has not finished yet."""
    PAYMENT_CREATED = "PAYMENT_CREATED"
    """A payment has been created. Several attempts may follow each other: the payment says how it went."""
    CANCELLED_BY_CONSUMER = "CANCELLED_BY_CONSUMER"
    """The customer cancelled; told when `returnCancelState` was asked for, otherwise IN_PROGRESS."""
    CLIENT_NOT_ELIGIBLE = "CLIENT_NOT_ELIGIBLE_FOR_SELECTED_PAYMENT_PRODUCT"
    """The device of the user is not capable to complete the payment."""
