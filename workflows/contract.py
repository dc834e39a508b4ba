"""The contract with other systems: names, messages, and their reading. `docs/contract.md` shows each as JSON.

Messages arrive raw and are parsed here, so that one that cannot be read is refused in words instead of blocking the
payment.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import to_json
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from payments.base import Value
from payments.card_numbers import card_number_fields
from payments.card_numbers import shown as shown  # noqa: PLC0414 (a reader of messages has it from here)
from payments.commands import (
    AnyCommand,
    Capture,
    ChangeOrder,
    ChangeWindow,
    Command,
    Refund,
    Retry,
    Review,
    ScheduleCapture,
    TakeBack,
    Void,
    Words,
)
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.references import PaymentKey, content_digest
from payments.refusals import MOST_REFUSALS, Refusal
from payments.remedies import card_number_refusal, refusal_of
from payments.start import check_start
from payments.strict_json import NotJson, read_json

WORKFLOW = "PaymentWorkflow"
QUEUE = "payments"
# Ordinary activities wait here after an outage, without holding up first tries and workflow tasks.
PROVIDER_QUEUE = "payments-provider"
# Callbacks to the order service wait here, whose slots are not the provider's.
CALLBACK_QUEUE = "payments-callbacks"

AUTHORIZATION = "authorization"
CAPTURE = "capture"
CAPTURE_PAYMENT = "capture_payment"
VOID = "void"
VOID_PAYMENT = "void_payment"
RETRY = "retry"
RETRY_PAYMENT = "retry_payment"
CHANGE = "change"
CHANGE_ORDER = "change_order"
REFUND = "refund"
REFUND_PAYMENT = "refund_payment"
TAKE_BACK_CAPTURE = "take_back_capture"
SCHEDULE_CAPTURE = "schedule_capture"
CHANGE_WINDOW = "change_window"
REVIEW = "review"
REVIEW_PAYMENT = "review_payment"
CUSTOMER_RETURNED = "customer_returned"
PROVIDER_EVENT = "provider_event"
PAYMENT = "payment"

# Types of the errors by which an update is refused before it enters the history.
BAD_MESSAGE = "bad_message"
NOT_STARTED = "not_started"
ANOTHER_ORDER = "another_order"

# An update that stays open holds one of ten places; nobody needs an answer by phone.
LONGEST_PATIENCE_SECONDS = 10.0
Patience = Annotated[float, Field(ge=0, le=LONGEST_PATIENCE_SECONDS, strict=True)]

# An order of a thousand lines is a third of this. A message is read within one workflow task, so it may not be long.
LARGEST_START_BYTES = 1_000_000
LARGEST_COMMAND_BYTES = 64_000
# A character that PostgreSQL cannot keep, as JSON writes it (an even number of backslashes before it is another text).
_ZERO = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

# What stands for an argument that did not come: a message without any would otherwise block the payment.
NOTHING = RawValue(Payload(metadata={"encoding": b"binary/null"}))

# Names that are the provider's own and hold digits in plenty: they are kept nowhere, and are no card numbers.
_NAMED_BY_PROVIDER = frozenset({"event_id", "provider_id", "return_mac"})
ProvidersName = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]

M = TypeVar("M", bound=BaseModel)
_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(Command)


class PaymentStart(Value):
    """The start's argument: what was bought, and how it is paid."""

    order: Order
    payment: PaymentInstruction


class AuthorizationAsk(Value):
    """The argument of `authorization`: how the authorization of exactly this start stands."""

    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    patience_seconds: Patience = 5.0
    asked_by: Words | None = None


class Patient(Value):
    """How long whoever asks for a command waits for its answer, in seconds."""

    patience_seconds: Patience = LONGEST_PATIENCE_SECONDS

    @property
    def command(self) -> AnyCommand:
        """What it asks for, without how long its asker waits."""
        return _COMMAND.validate_python(self.model_dump(exclude={"patience_seconds"}))


class CaptureAsk(Patient, Capture):
    """The argument of `capture_payment`; the signal `capture` takes the same."""


class VoidAsk(Patient, Void):
    """The argument of `void_payment`; the signal `void` takes the same."""


class RefundAsk(Patient, Refund):
    """The argument of `refund_payment`; the signal `refund` takes the same."""


class TakeBackAsk(Patient, TakeBack):
    """The argument of `take_back_capture`."""


class ScheduleAsk(Patient, ScheduleCapture):
    """The argument of `schedule_capture`."""


class ChangeWindowAsk(Patient, ChangeWindow):
    """The argument of `change_window`."""


class ReviewAsk(Patient, Review):
    """The argument of `review_payment`; the signal `review` takes the same."""


class RetryAsk(Patient, Retry):
    """The argument of `retry_payment`."""


class ChangeAsk(Patient, ChangeOrder):
    """The argument of `change_order`."""


class ReturnAsk(Value):
    """The argument of `customer_returned`: the customer is back from a page elsewhere.

    It asks for nothing but a look, so it has no request id and may come any number of times.
    """

    return_mac: ProvidersName
    """What the address that the customer came back to names `RETURNMAC`."""
    patience_seconds: Patience = 5.0
    asked_by: Words | None = None


class ProviderEvent(Value):
    """The argument of the signal `provider_event`: something happened at the provider, look at the payment."""

    event_id: ProvidersName
    type: ProvidersName
    account: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    provider_id: ProvidersName | None = None
    """What it is about, in the provider's name for it."""


AnyAsk = (
    CaptureAsk | VoidAsk | RefundAsk | TakeBackAsk | ScheduleAsk | ChangeWindowAsk | ReviewAsk | RetryAsk | ChangeAsk
)
COMMANDS: dict[str, type[AnyAsk]] = {
    CAPTURE: CaptureAsk,
    VOID: VoidAsk,
    REFUND: RefundAsk,
    TAKE_BACK_CAPTURE: TakeBackAsk,
    SCHEDULE_CAPTURE: ScheduleAsk,
    CHANGE_WINDOW: ChangeWindowAsk,
    REVIEW: ReviewAsk,
    RETRY: RetryAsk,
    CHANGE: ChangeAsk,
}
# What changes a plan, or names a way to pay, is asked by update alone: its asker has to hear what came of it.
SIGNALS: dict[str, type[AnyAsk | ProviderEvent]] = {
    **{name: COMMANDS[name] for name in (CAPTURE, VOID, REFUND, REVIEW)},
    PROVIDER_EVENT: ProviderEvent,
}


class ReadStart(Value):
    """A start as it was read: with its content, null, or refused."""

    start: PaymentStart | None = None
    digest: str | None = None
    refusals: tuple[Refusal, ...] = ()


def read_start(raw: RawValue, workflow_id: str) -> ReadStart:
    """Read the start's argument. Never raises: what is wrong with it is in `refusals`."""
    try:
        document = plain(raw, LARGEST_START_BYTES)
        if document is None:
            return ReadStart()
        start = read(PaymentStart, document)
        digest = content_digest(document)
    except BadMessage as bad:
        return ReadStart(refusals=bad.refusals)
    except ValueError as error:
        return ReadStart(refusals=(_unreadable(error),))
    refusals = (*_check_id(start, workflow_id), *check_start(start.order, start.payment))
    return ReadStart(start=start, digest=digest, refusals=refusals[:MOST_REFUSALS])


class BadMessage(Exception):
    """A message that cannot be what its name says; each refusal names a field and the remedy."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals[:MOST_REFUSALS])
        more = len(refusals) - len(self.refusals)
        told = "; ".join(str(refusal) for refusal in self.refusals)
        super().__init__(f"{told} ({more} more faults)" if more else told)

    def as_failure(self) -> ApplicationError:
        """Return the error by which an update is refused."""
        details = [refusal.model_dump(mode="json") for refusal in self.refusals]
        return ApplicationError(str(self), details, type=BAD_MESSAGE, non_retryable=True)


def plain(raw: RawValue, largest_bytes: int = LARGEST_COMMAND_BYTES) -> Any:  # noqa: ANN401 (whatever JSON says)
    """Return a raw argument as plain JSON values. Raises BadMessage for what is no JSON that all read alike."""
    payload = raw.payload
    try:
        if payload.metadata.get("encoding") == b"json/plain":
            return read_json(payload.data, largest_bytes=largest_bytes)
        return workflow.payload_converter().from_payload(payload, Any)
    except NotJson as error:
        raise BadMessage([error.refusal]) from None
    except Exception as error:
        raise BadMessage([_unreadable(error)]) from error


def read(model: type[M], document: object) -> M:
    """Read a message. Raises BadMessage naming each field that is wrong, and never echoes a card number."""
    try:
        numbers = [field for field in card_number_fields(document) if field not in _NAMED_BY_PROVIDER]
        written = to_json(document)
    except (ValueError, RecursionError) as error:
        raise BadMessage([_unreadable(error)]) from error
    if numbers:
        raise BadMessage([card_number_refusal(field) for field in numbers])
    if _ZERO.search(written):
        raise BadMessage([_zero()])
    try:
        return model.model_validate_json(written)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        raise BadMessage([refusal_of(error["type"], error["loc"], error["msg"]) for error in errors]) from None


def read_raw(model: type[M], raw: RawValue) -> M:
    """Read a message from a raw argument. One that may carry an order may be as long as a start."""
    return read(model, plain(raw, LARGEST_START_BYTES if "order" in model.model_fields else LARGEST_COMMAND_BYTES))


def until(seconds: float) -> timedelta:
    """Return a patience as a duration."""
    return timedelta(seconds=seconds)


def _check_id(start: PaymentStart, workflow_id: str) -> tuple[Refusal, ...]:
    expected = start.order.key.workflow_id
    if expected == workflow_id:
        return ()
    return (
        Refusal(
            code="workflow_id_differs",
            field="order.order_id",
            message=f"This order's payment is {expected}, and it was started as {shown(workflow_id)}.",
            remedy="Use the workflow id payment-SHOP-ORDER of the order itself.",
        ),
    )


def _unreadable(error: Exception) -> Refusal:
    # The text of a validation error repeats its input, which nobody has looked at yet.
    why = error.errors(include_input=False)[0]["msg"] if isinstance(error, ValidationError) else str(error)
    return Refusal(
        code="unreadable",
        field="(message)",
        message=f"The message cannot be read: {shown(why)}.",
        remedy="Send one JSON object as docs/contract.md shows it.",
    )


def _zero() -> Refusal:
    return Refusal(
        code="zero_character",
        field="(message)",
        message="A text holds the character U+0000, which no ledger can keep.",
        remedy="Send the text without it.",
    )


def key_of(workflow_id: str) -> PaymentKey | None:
    """Return which payment a workflow is; None for an id that no payment has."""
    try:
        return PaymentKey.from_workflow_id(workflow_id)
    except ValueError:
        return None
