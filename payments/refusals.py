"""Saying no: every refusal names the field and the remedy."""

from collections.abc import Iterable

from payments.base import Value

# Of a message with many faults so many are told: what is told stands in histories and books, which have limits.
MOST_REFUSALS = 8


class Refusal(Value):
    """Why something is not done, in words a person can act on."""

    code: str
    """Stable and for machines, e.g. `amount_above_hold`."""
    field: str
    """Where the fault is, as a path into the message, e.g. `amount.amount_minor`."""
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message} {self.remedy}"


def first_refusal(refusals: Iterable[Refusal | None]) -> Refusal | None:
    """Return the first of what guards answered that is a refusal; those after it are not asked."""
    return next((refusal for refusal in refusals if refusal is not None), None)
