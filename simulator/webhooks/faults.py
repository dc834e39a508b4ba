"""Misbehaviour on order: events that come twice, late, out of order or never."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from simulator.kernel.ordered import Ordered, Queue

# The vendor's list of event types, and the refund's rejection later on, whose status the SDK lists.
TYPES = frozenset(
    f"{kind}.{word}"
    for kind, words in {
        "payment": "created redirected pending_payment account_verified pending_fraud_approval authorization_requested"
        " pending_approval pending_completion pending_capture capture_requested captured paid paid_increment reversed"
        " chargeback_notification chargebacked rejected rejected_capture cancelled refunded",
        "refund": "created pending_approval rejected refund_requested captured refunded rejected_capture cancelled",
        "payout": "created pending_approval rejected payout_requested account_credited rejected_credit cancelled"
        " reversed",
        "token": "created updated expired expiring_soon deleted",
        "dispute": "draft created invalid_representment send_to_bank success expired cancelled",
    }.items()
    for word in words.split()
)

Kind = Literal["duplicate", "delay", "reorder", "drop"]
LONGEST_HOLD = 60.0


class EventFault(Ordered):
    """One order for misbehaviour of events. `type` is an event's type, such as `payment.captured`."""

    fault: Kind
    type: str | None = None
    seconds: Annotated[float, Field(gt=0, le=366 * 86_400)] | None = None
    """How late a delayed event comes, and how long a reordered one waits at most for the next to overtake it."""

    @model_validator(mode="after")
    def _settings_fit(self) -> Self:
        if self.type is not None and self.type not in TYPES:
            raise ValueError(f"type: there is no event {self.type!r}; there are {', '.join(sorted(TYPES))}")
        if self.fault == "delay" and self.seconds is None:
            raise ValueError("delay needs seconds")
        if self.fault in {"duplicate", "drop"} and self.seconds is not None:
            raise ValueError("seconds belongs to delay and reorder")
        return self

    def meets(self, event_type: str, merchant_reference: str | None) -> bool:
        """Whether this fault wants such an event."""
        return self.type in {None, event_type} and self.means(merchant_reference)


QUEUE = Queue("event_faults", EventFault)
