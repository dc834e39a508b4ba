"""What activities are given and what they tell: one model each."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from payments.base import Value
from payments.commands import Command
from payments.events import AnyEvent, AttentionNeeded, RecordedEvent
from payments.methods import PaymentInstruction
from payments.operations import Operation
from payments.order import Order
from payments.references import PaymentKey
from payments.refusals import Refusal


class PaymentRequest(Value):
    """What every request carries: which payment, and the last event the asker knows."""

    key: PaymentKey
    known: int


class AuthorizeRequest(PaymentRequest):
    """Ask for an authorization; the first attempt claims the order."""

    order: Order
    instruction: PaymentInstruction
    digest: str
    """Of what was asked for: the start's, or the content of the request that asks for a further authorization."""
    attempt: int = 1
    received_at: datetime | None = None
    """When it came to the workflow: what the customer's page encrypted for it lives from then at most."""
    operation: Operation | None = None
    """A further authorization, with the events that go with its intent; none for the order's first."""
    by_merchant: bool = False
    """The customer is not there: the card that paid before is asked again."""
    events: tuple[AnyEvent, ...] = ()


class OperateRequest(PaymentRequest):
    """Ask for an operation; `events` are recorded with its intent."""

    operation: Operation
    events: tuple[AnyEvent, ...] = ()


class DueRequest(PaymentRequest):
    """Book what time itself brought, at `at` (the workflow's clock)."""

    at: datetime


class CommandRequest(PaymentRequest):
    """Book what a command leads to without asking the provider, at `at` (the workflow's clock)."""

    command: Command
    at: datetime


class AbandonRequest(PaymentRequest):
    """End a payment whose authorization is absent and not wanted any more."""

    request_id: str
    request_hash: str


class AttentionRequest(PaymentRequest):
    """Tell people."""

    attention: AttentionNeeded


class Told(Value):
    """What an activity tells: the events the asker did not know, in order."""

    events: tuple[RecordedEvent, ...] = ()
    resolved: bool = True
    """Whether the operation's outcome is stored; if not, it is to be found out."""
    refusal: Refusal | None = None
    """Why nothing was asked of the provider and no order claimed."""
    redirects: Mapping[str, str] = Field(default_factory=dict)
    """Where customers are awaited, by authorization. Whoever has such an address can act as the customer."""
    found: bool = True
    """Whether a payment exists for the order at all."""


class Delivered(Told):
    """What came of delivering callbacks to the order service."""

    reached: int
    """Up to which event all of them were delivered or given up, if that is known; else 0."""
