"""The model's words: what is ordered, asked and answered, and what became of it. Nothing of ours is imported."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# From asked to confirmed, from confirmed to collected or paid out: the simulator is started with it.
DELAY = timedelta(hours=2)
# How long a queued capture can be taken back. Ingenico publishes nothing of it: the simulator's queue closes half-way.
IN_QUEUE = DELAY / 2
# Clocks, lost answers and a look that comes a moment later.
SLACK = timedelta(minutes=3)
MARGIN = timedelta(hours=6)
HOLDS = {"pre_authorization": timedelta(days=30), "final_authorization": timedelta(days=7), "sale": timedelta(days=7)}
ORDER_OF_CAPTURES = ("requested", "captured", "collected")
LIVE = set(ORDER_OF_CAPTURES)
# Nothing was taken after all, and nothing goes back: of a capture and of its refund.
TAKEN_BACK = "taken_back"
OPEN_REFUNDS = {"asked", "requested"}


class Disagreement(AssertionError):
    """The running payment did something else than the model says it must."""


@dataclass(frozen=True)
class Terms:
    """What is ordered and how it is paid. Amounts are minor units."""

    total: int = 1000
    currency: str = "USD"
    action: str = "pre_authorization"
    account: str = "main"
    card: str = "approved"
    window_seconds: int | None = None

    @property
    def several(self) -> bool:
        """Whether the payment takes several captures."""
        return self.account == "parts" and self.action != "sale"


@dataclass(frozen=True)
class Command:
    """One thing asked. `request` names it; the same name with the same content is the same request."""

    kind: str
    request: str
    amount: int | None = None
    currency: str | None = None
    """Another than the order's; None: the order's."""
    final: bool = False
    of_capture: str | None = None
    """A refund names a capture by its request; `nobody` was never asked for."""


@dataclass(frozen=True)
class Predicted:
    """What must be answered: one of the results and, if it is refused, one of the codes."""

    results: frozenset[str]
    codes: frozenset[str] = frozenset()
    amount: int | None = None

    def fits(self, answer: Any) -> bool:
        """Whether the answer is one of these."""
        code = answer.refusal.code if getattr(answer, "refusal", None) else None
        right = answer.result.value in self.results and (not self.codes or code in self.codes)
        if right and self.amount is not None and answer.amount is not None:
            return bool(answer.amount.amount_minor == self.amount)
        return right

    def check(self, command: object, answer: Any) -> None:
        """Raise Disagreement if the answer is another one."""
        if not self.fits(answer):
            raise Disagreement(f"{command} is answered {answer!r}; expected {self}")


def refused(*codes: str) -> Predicted:
    """A refusal for any of these reasons: which of several is told first is nobody's business."""
    return Predicted(frozenset({"refused"}), frozenset(codes))


def answered(*results: str, amount: int | None = None) -> Predicted:
    """Any of these results."""
    return Predicted(frozenset(results), amount=amount)


@dataclass
class Captured:
    """One capture."""

    request: str
    amount: int
    asked_at: datetime
    stage: str = "requested"


@dataclass
class Refunded:
    """One refund."""

    request: str
    amount: int
    capture: str
    asked_at: datetime
    stage: str = "asked"
    requested_by: datetime | None = None
    """When it was seen at the provider first."""
