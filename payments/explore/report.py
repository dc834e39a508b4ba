"""What a search found, in words and as a diagram."""

from collections.abc import Iterable, Iterator

from payments.explore.search import Report
from payments.explore.shelf import Change
from payments.explore.world import Configuration
from payments.methods import LateSuccess, PaymentAction
from payments.states import PaymentState

CONFIGURATIONS = (
    Configuration(name="pre-authorization", asked_at_most=2),
    Configuration(name="pre-authorization, window shorter than the key's life", short_window=True),
    Configuration(name="pre-authorization, repetitions take effect", lenient=True),
    Configuration(name="pre-authorization, odd answers", odd_answers=True),
    Configuration(
        name="final authorization, credentials at times not accepted",
        action=PaymentAction.FINAL_AUTHORIZATION,
        locked_out=True,
    ),
    Configuration(name="sale", action=PaymentAction.SALE),
    Configuration(name="pending: late successes are released", pending=True),
    Configuration(
        name="pending: late successes count, and money is held in review",
        pending=True,
        held_reviews=True,
        late_success=LateSuccess.KEEP,
    ),
    Configuration(name="pending: sale", pending=True, action=PaymentAction.SALE),
    Configuration(name="refunds", refunds=True),
    Configuration(name="refunds, beside one that somebody made in the console", refunds=True, odd_answers=True),
    Configuration(name="several captures", several_captures=True),
    Configuration(name="captures taken back", taken_back=True, asked_at_most=2),
    Configuration(name="captures planned, windows moved", planned=True, asked_at_most=2),
    Configuration(name="hosted checkout", checkout=True),
    Configuration(name="hosted checkout, what is paid late counts", checkout=True, late_success=LateSuccess.KEEP),
    Configuration(name="declined, then paid in another way", holds=True),
    Configuration(name="edited orders", holds=True, edited=True),
    Configuration(name="edited orders, several captures of a hold", holds=True, edited=True, several_captures=True),
    Configuration(name="holds followed by others", holds=True, reauthorized=True),
)


def lines(report: Report) -> Iterator[str]:
    """Yield what is told of one search."""
    told = f"{report.states:>7} states, {report.transitions:>8} transitions: {report.configuration}"
    yield f"{told}{'' if report.is_clean else ': FAILED'}"
    yield from (str(violation) for violation in report.violations)
    for path in report.dead_ends:
        yield f"nothing leads on, and nobody was told, after: {'; '.join(path)}"


def mermaid(changes: Iterable[Change]) -> str:
    """Return the changes of a payment's state as a mermaid diagram, each with the events that cause it."""
    causes: dict[tuple[PaymentState, PaymentState], list[str]] = {}
    for before, event, after in sorted(set(changes)):
        causes.setdefault((before, after), []).append(event)
    drawn = [f"    {before.value} --> {after.value}: {', '.join(events)}" for (before, after), events in causes.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {PaymentState.OPENING.value}", *drawn])
