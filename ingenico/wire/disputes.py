"""Disputes: our answer to a chargeback, with its evidence.

Sources: `create_dispute_request.py`, `dispute.py`, `dispute_output.py`, `dispute_creation_detail.py`,
`dispute_status_output.py`, `hosted_file.py`, `disputes_response.py`, `upload_dispute_file_response.py`. The SDK names
no status; the webhook events name draft, created, invalid_representment, send_to_bank, success, expired, cancelled.
"""

from typing import Annotated

from pydantic import Field

from ingenico.wire.base import Beside, Received, Sent
from ingenico.wire.money import AmountOfMoney, ReceivedAmount


class CreateDisputeRequest(Sent):
    """`POST /payments/{id}/dispute` and `POST /captures/{id}/dispute`."""

    amount_of_money: AmountOfMoney
    """The amount of money that is to be disputed."""
    contact_person: str
    """The name of the person on your side who can be contacted regarding this dispute."""
    email_address: str
    """The email address of the contact person."""
    reply_to: str
    """The email address to which the reply message will be sent."""
    request_message: str
    """The message sent from you to Worldline."""


class DisputeFile(Received):
    """One piece of evidence."""

    id: str | None = None
    file_name: str | None = None
    file_type: str | None = None


class DisputeCreation(Received):
    """How the dispute came to be."""

    dispute_creation_date: str | None = None
    """The date and time of creation of this dispute, in yyyyMMddHHmmss format."""
    dispute_originator: str | None = None
    """Worldline or you as our client."""


class DisputeOutput(Received):
    """What is disputed."""

    amount_of_money: ReceivedAmount | None = None
    creation_details: Beside[DisputeCreation] = None
    files: Beside[tuple[DisputeFile, ...]] = None
    request_message: str | None = None
    response_message: str | None = None
    """The return message sent from the GlobalCollect platform to you."""


class DisputeStatusOutput(Received):
    """What stands beside a dispute's status."""

    is_cancellable: bool | None = None
    status_category: str | None = None
    status_code_change_date_time: str | None = None


class Dispute(Received):
    """A dispute."""

    id: Annotated[str, Field(min_length=1)]
    """Dispute ID for a given merchant."""
    payment_id: str | None = None
    """The ID of the payment that is being disputed."""
    capture_id: str | None = None
    """The ID of the capture that is being disputed."""
    status: str | None = None
    """Current dispute status."""
    dispute_output: Beside[DisputeOutput] = None
    status_output: Beside[DisputeStatusOutput] = None


class DisputesAnswer(Received):
    """All disputes of a payment or capture."""

    disputes: tuple[Dispute, ...] | None = None


class UploadedFile(Received):
    """The answer to an upload."""

    dispute_id: str
    file_id: str
