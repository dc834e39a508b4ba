"""What people see of a payment in the Temporal UI: search attributes, the timeline, summaries in our vocabulary."""

from collections.abc import Iterable
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from payments.events import RecordedEvent
from payments.payment import Payment
from payments.story import sentence
from workflows.search_attributes import NEEDS_ATTENTION, Value, of_payment

# A story longer than this keeps its beginning and its end: the UI shows it whole, and a query carries it.
LONGEST_TIMELINE = 60


class Publisher:
    """Tells the outside what changed, once per task."""

    def __init__(self) -> None:
        self._told: dict[SearchAttributeKey[Any], Value] = {}
        self._lines: list[str] = []

    def happened(self, payment: Payment, recorded: Iterable[RecordedEvent]) -> None:
        """Add events to the timeline."""
        for entry in recorded:
            at = entry.occurred_at.strftime("%Y-%m-%d %H:%M:%S")
            self._lines.append(f"- `{at}` {sentence(payment, entry.event)}")

    def publish(self, payment: Payment) -> None:
        """Upsert what changed in one command, and set the readable timeline."""
        now = of_payment(payment)
        changed = {key: value for key, value in now.items() if self._told.get(key) != value}
        if changed:
            self._told.update(changed)
            workflow.upsert_search_attributes([key.value_set(value) for key, value in changed.items()])
        workflow.set_current_details(self._details(payment))

    def warn(self, sentence: str) -> None:
        """Show a run that has no payment to people: what came to it must not be lost in silence."""
        workflow.upsert_search_attributes([NEEDS_ATTENTION.value_set(True)])  # noqa: FBT003 (the attribute's value)
        workflow.set_current_details(f"### no payment\n**Needs a person:** {sentence}")

    def _details(self, payment: Payment) -> str:
        lines = self._lines
        if len(lines) > LONGEST_TIMELINE:
            half = LONGEST_TIMELINE // 2
            lines = [*lines[:half], "- …", *lines[-half:]]
        warnings = [f"**Needs a person:** {attention.sentence}" for attention in payment.attention]
        warnings += [f"**Window:** {payment.warning}"] if payment.warning else []
        return "\n".join([f"### {payment.state.value.replace('_', ' ')}", *warnings, "", *lines])
