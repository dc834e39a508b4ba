"""What a client is told when a message is not taken."""

from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio.exceptions import ApplicationError

from payments.refusals import Refusal
from payments.remedies import refusal_of

Ask = TypeVar("Ask", bound=BaseModel)


class PaymentError(Exception):
    """A message was refused. `refusals` name the fields and the remedies."""

    def __init__(self, message: str, refusals: tuple[Refusal, ...] = ()) -> None:
        super().__init__(message)
        self.refusals = refusals


class NoAnswer(PaymentError):
    """Nobody answered in time: no worker runs, or Temporal is out of reach. What was asked stands; ask again."""


def ask(model: type[Ask], **fields: object) -> Ask:
    """Return a message. Raises PaymentError, with each field and its remedy, for what none may hold."""
    try:
        return model.model_validate(fields)
    except ValidationError as invalid:
        refusals = tuple(
            refusal_of(error["type"], error["loc"], error["msg"]) for error in invalid.errors(include_url=False)
        )
        raise PaymentError("; ".join(map(str, refusals)), refusals) from None


def refused(cause: ApplicationError) -> PaymentError:
    """Return the refusal that an update was answered with."""
    details = cause.details[0] if cause.details else []
    return PaymentError(cause.message, tuple(TypeAdapter(list[Refusal]).validate_python(details)))
