"""What all events share."""

from typing import Annotated

from pydantic import Field

from payments.base import Value

Minor = Annotated[int, Field(ge=0, strict=True)]


class Event(Value):
    """Something that happened. `subject` and `occurrence` make it unique in the ledger, together with its kind."""

    subject: str
    occurrence: int = 1
