"""Failures on order: what goes wrong, in which operation, how often. They wait in the books."""

import json
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.books import Books

Kind = Literal["slow", "fail_before", "fail_after", "drop_before", "drop_after", "half_answer", "lag"]
Operation = Literal["create", "approve", "cancel", "get", "find", "any"]

LOOKUPS = ("get", "find")


class Fault(BaseModel):
    """One order for failures; refuses settings that would have no meaning, since a test would wait for them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Kind
    operation: Operation = "any"
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    status: Annotated[int, Field(ge=500, le=599)] = 500
    sticky: bool = False
    merchant_reference_prefix: str | None = None

    @model_validator(mode="after")
    def _settings_fit(self) -> Self:
        timed = self.fault in {"slow", "lag"}
        if timed != (self.seconds is not None):
            raise ValueError("seconds belongs to slow and lag, and both need it")
        if "status" in self.model_fields_set and not self.fault.startswith("fail_"):
            raise ValueError("status belongs to fail_before and fail_after")
        if self.sticky and not (self.fault.startswith("fail_") and self.operation in {"create", "any"}):
            raise ValueError("sticky belongs to fail_before and fail_after on create: only create keeps answers")
        if self.fault == "lag" and self.operation not in {*LOOKUPS, "any"}:
            raise ValueError("lag belongs to get and find: only lookups can be behind")
        return self

    def meets(self, operation: str, merchant_reference: str | None) -> bool:
        """Whether this fault wants such a request."""
        if self.operation not in {"any", operation} or (self.fault == "lag" and operation not in LOOKUPS):
            return False
        prefix = self.merchant_reference_prefix
        return prefix is None or (merchant_reference or "").startswith(prefix)


def order(books: Books, fault: Fault) -> int:
    """Put a fault into the queue and tell its number."""
    spec = fault.model_dump_json(exclude_unset=True)
    return books.write("INSERT INTO faults (spec, remaining) VALUES (?, ?)", spec, fault.count)


def pending(books: Books) -> list[dict[str, object]]:
    """What still waits, oldest first; `count` as ordered, `remaining` as left."""
    return [
        {"number": row["number"], "remaining": row["remaining"], **json.loads(row["spec"])}
        for row in books.rows("SELECT * FROM faults ORDER BY number")
    ]


def clear(books: Books) -> int:
    """Forget all faults and tell how many there were."""
    waiting = len(pending(books))
    books.write("DELETE FROM faults")
    return waiting


def find(books: Books, operation: str, merchant_reference: str | None) -> tuple[int, Fault] | None:
    """The oldest fault that wants this request."""
    for row in books.rows("SELECT number, spec FROM faults ORDER BY number"):
        fault = Fault.model_validate_json(row["spec"])
        if fault.meets(operation, merchant_reference):
            return row["number"], fault
    return None


def use_up(books: Books, number: int) -> None:
    """Count one use; the last one removes the fault."""
    books.write("UPDATE faults SET remaining = remaining - 1 WHERE number = ?", number)
    books.write("DELETE FROM faults WHERE remaining <= 0")
