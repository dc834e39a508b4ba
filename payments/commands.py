"""What may be asked of a payment once it is open."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from payments.base import Value
from payments.card_numbers import not_a_card_number
from payments.methods import PaymentInstruction, WindowSeconds
from payments.money import Money
from payments.order import Order
from payments.references import RequestId, request_hash

Words = Annotated[str, StringConstraints(max_length=256), AfterValidator(not_a_card_number)]


class Capture(Value):
    """Take the money, at fulfilment."""

    kind: Literal["capture"] = "capture"
    request_id: RequestId
    """The same id again gets the first answer; a shipment's id will do."""
    amount: Money | None = None
    """Absent: all that is left, and final."""
    final: Annotated[bool, Field(strict=True)] = False
    shipment_id: Words | None = None
    asked_by: Words | None = None


class Void(Value):
    """Release the hold: nothing will be shipped."""

    kind: Literal["void"] = "void"
    request_id: RequestId
    reason: Words | None = None
    asked_by: Words | None = None


class Refund(Value):
    """Give money back that was captured."""

    kind: Literal["refund"] = "refund"
    request_id: RequestId
    amount: Money | None = None
    """Absent: all that may be refunded now."""
    capture_id: Words | None = None
    """Which capture it concerns (its operation id); absent: the payment's latest."""
    reason: Words | None = None
    asked_by: Words | None = None


class TakeBack(Value):
    """Take a capture back while it is queued still."""

    kind: Literal["take_back"] = "take_back"
    request_id: RequestId
    capture_id: Words | None = None
    """Which capture (its operation id); absent: the one that is queued."""
    reason: Words | None = None
    asked_by: Words | None = None


class ReviewDecision(StrEnum):
    """What is decided of a payment under fraud review."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class Review(Value):
    """Decide a fraud review: accept the payment, or refuse it, which voids it."""

    kind: Literal["review"] = "review"
    request_id: RequestId
    decision: ReviewDecision
    reason: Words | None = None
    asked_by: Words | None = None


class ScheduleCapture(Value):
    """Capture at a given time. Another plan for the same hold replaces the earlier one."""

    kind: Literal["schedule"] = "schedule"
    request_id: RequestId
    at: AwareDatetime | None = None
    """When, with its zone; before the window ends."""
    amount: Money | None = None
    """Absent: all that is left then, and final."""
    final: Annotated[bool, Field(strict=True)] = False
    shipment_id: Words | None = None
    cancel: Annotated[bool, Field(strict=True)] = False
    """Give up the capture that waits, and plan none."""
    asked_by: Words | None = None


class ChangeWindow(Value):
    """Extend or shorten the authorization window, by one of the two."""

    kind: Literal["change_window"] = "change_window"
    request_id: RequestId
    window_seconds: WindowSeconds | None = None
    """Counted from the authorization, as at the start."""
    until: AwareDatetime | None = None
    """Its end, with its zone."""
    asked_by: Words | None = None


class Retry(Value):
    """Pay the same order in another way, after an authorization that came to nothing."""

    kind: Literal["retry"] = "retry"
    request_id: RequestId
    payment: PaymentInstruction
    order: Order | None = None
    """The order again, as it was started; a run that was started with it has it."""
    asked_by: Words | None = None


class ChangeOrder(Value):
    """The order was edited: it owes another amount from now on."""

    kind: Literal["change"] = "change"
    request_id: RequestId
    total: Money
    """What the whole order owes now, what was captured included."""
    payment: PaymentInstruction | None = None
    """What pays the difference of an order edited up; absent: the card that pays the order."""
    order: Order | None = None
    """The order as it is now; a run that was started with the order has whom to ask."""
    asked_by: Words | None = None


AnyCommand = Capture | Void | Refund | TakeBack | ScheduleCapture | ChangeWindow | Review | Retry | ChangeOrder
Command = Annotated[AnyCommand, Field(discriminator="kind")]


def content_hash(command: AnyCommand) -> str:
    """Hash what a command asks for, without who asks: the same request may be repeated by another person."""
    return request_hash(command.model_dump(mode="json", exclude={"asked_by"}, exclude_none=True))
