"""Failures on order: what goes wrong, in which operation, how often. They wait in the books."""

import json
import random
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.kernel.books import Books

Kind = Literal["slow", "fail_before", "fail_after", "drop_before", "drop_after", "half_answer", "lag"]
ANY = "any"


class Fault(BaseModel):
    """One order for failures; refuses settings that would have no meaning, since a test would wait for them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Kind
    operation: str = ANY
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    status: Annotated[int, Field(ge=500, le=599)] = 500
    sticky: bool = False
    merchant_reference_prefix: str | None = None
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int = 0

    @model_validator(mode="after")
    def _settings_fit(self) -> Self:
        timed = self.fault in {"slow", "lag"}
        if timed != (self.seconds is not None):
            raise ValueError("seconds belongs to slow and lag, and both need it")
        if "status" in self.model_fields_set and not self.fault.startswith("fail_"):
            raise ValueError("status belongs to fail_before and fail_after")
        if self.sticky and not self.fault.startswith("fail_"):
            raise ValueError("sticky belongs to fail_before and fail_after on operations that keep answers")
        return self

    def meets(self, operation: str, merchant_reference: str | None, *, lookup: bool) -> bool:
        """Whether this fault wants such a request."""
        if self.operation not in {ANY, operation} or (self.fault == "lag" and not lookup):
            return False
        prefix = self.merchant_reference_prefix
        return prefix is None or (merchant_reference or "").startswith(prefix)

    def strikes(self, met: int) -> bool:
        """Whether it strikes the request that is its `met`-th: the same seed strikes the same ones."""
        return self.rate >= 1 or random.Random(f"{self.seed} {met}").random() < self.rate  # noqa: S311 (no secret)


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


def find(books: Books, operation: str, merchant_reference: str | None, *, lookup: bool) -> tuple[int, Fault] | None:
    """The oldest fault that wants this request; those that spare it at their rate have met it all the same."""
    for row in books.rows("SELECT number, spec, met FROM faults ORDER BY number"):
        fault = Fault.model_validate_json(row["spec"])
        if not fault.meets(operation, merchant_reference, lookup=lookup):
            continue
        if fault.rate < 1:
            books.write("UPDATE faults SET met = met + 1 WHERE number = ?", row["number"])
        if fault.strikes(row["met"]):
            return row["number"], fault
    return None


def use_up(books: Books, number: int) -> None:
    """Count one use; the last one removes the fault."""
    books.write("UPDATE faults SET remaining = remaining - 1 WHERE number = ?", number)
    books.write("DELETE FROM faults WHERE remaining <= 0")
