"""Failures on order: what goes wrong, in which operation, how often. They wait in the books."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from simulator.kernel.books import Books
from simulator.kernel.ordered import Ordered, Queue

Kind = Literal["slow", "fail_before", "fail_after", "drop_before", "drop_after", "half_answer", "lag", "in_progress"]
ANY = "any"


class Fault(Ordered):
    """One order for failures; refuses settings that would have no meaning, since a test would wait for them."""

    fault: Kind
    operation: str = ANY
    seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    status: Annotated[int, Field(ge=500, le=599)] = 500
    sticky: bool = False

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
        return self.means(merchant_reference)


QUEUE = Queue("faults", Fault)


def find(books: Books, operation: str, merchant_reference: str | None, *, lookup: bool) -> tuple[int, Fault] | None:
    """The oldest ordered fault that wants this request."""
    return QUEUE.find(books, lambda fault: fault.meets(operation, merchant_reference, lookup=lookup))


# What a create payment meets without an order, by the beginning of its merchantReference: for a shop that can choose
# a reference and cannot reach the control API. It strikes the first request with that reference, so a repeat succeeds.
REFERENCES = {
    "FAIL-BEFORE-": Fault(fault="fail_before"),
    "FAIL-AFTER-": Fault(fault="fail_after"),
    "DROP-BEFORE-": Fault(fault="drop_before"),
    "DROP-AFTER-": Fault(fault="drop_after"),
    "HALF-ANSWER-": Fault(fault="half_answer"),
    "IN-PROGRESS-": Fault(fault="in_progress"),
}
_SLOW = re.compile(r"SLOW-([1-9][0-9]{0,2})-")


def of_reference(books: Books, operation: str, merchant_reference: str | None) -> Fault | None:
    """The fault that a reference brings about by itself."""
    if operation != "payments.create" or merchant_reference is None:
        return None
    slow = _SLOW.match(merchant_reference)
    found = (
        Fault(fault="slow", seconds=float(slow[1]))
        if slow
        else next((fault for start, fault in REFERENCES.items() if merchant_reference.startswith(start)), None)
    )
    if found is None or books.count(
        "SELECT count(*) FROM requests WHERE merchant_reference = ? AND fault = ?", merchant_reference, found.fault
    ):
        return None
    return found
