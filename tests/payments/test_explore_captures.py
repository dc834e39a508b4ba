"""The search over several captures of one authorization finds nothing, and it finds each rule's absence."""

from dataclasses import replace
from datetime import datetime

import pytest

from payments.decide import Perform, capture, decide
from payments.explore import CONFIGURATIONS, Rules, explore
from payments.operations import OperationKind
from payments.resend import Next, Patience, Step, next_step

[SEVERAL] = [configuration for configuration in CONFIGURATIONS if configuration.name == "several captures"]
FOUND = {
    "must_not_be_unresolved": (capture, "one_unresolved_operation"),
    "must_be_within_window": (capture, "no_flaw"),
    "must_be_of_the_currency": (capture, "asked_in_the_orders_currency"),
    "must_be_positive": (capture, "a_capture_asks_for_something"),
    "must_be_held_in_full": (capture, "no_hold_is_negative"),
}


def broken(rules: Rules, expected: str) -> list[str]:
    report = explore(SEVERAL, rules, until=expected)
    print(*report.violations, sep="\n")  # noqa: T201 (-rP shows the shortest path)
    return [violation.invariant for violation in report.violations]


@pytest.mark.parametrize(("guard", "found"), FOUND.items(), ids=FOUND)
def test_the_search_of_captures_misses_each_guard(monkeypatch, guard, found):
    """Without any one guard of captures the search finds the rule of money that it keeps."""
    module, expected = found
    monkeypatch.setattr(module, "GUARDS", tuple(g for g in module.GUARDS if g.__name__ != guard))
    assert expected in broken(Rules(), expected)


def sends_at_once(intent, now: datetime, patience: Patience, *, can_send: bool = True) -> Next:
    following = next_step(intent, now, patience, can_send=can_send)
    return Next(step=Step.SEND, why="blindly") if following.step is Step.READ else following


def cancels(payment, command, now: datetime):
    decision = decide(payment, command, now)
    if not isinstance(decision, Perform) or decision.operation.kind is not OperationKind.FINALIZE:
        return decision
    [event] = decision.events
    return Perform(
        operation=decision.operation.model_copy(update={"kind": OperationKind.VOID}),
        events=(event.model_copy(update={"finalizes": False}),),
    )


SENDING = {
    "a cancel would take the captures with it": ({"decide": cancels, "refusals_are_read": False}, "no_flaw"),
    "read before repeating": ({"next_step": sends_at_once}, "one_effect_per_operation"),
    "two looks": ({"two_looks": False}, "one_effect_per_operation"),
    "the looks are spaced": ({"patience": Patience(absence_seconds=0)}, "one_effect_per_operation"),
    "no capture is sent again after its window": ({"is_too_late": lambda _operation, _now: False}, "no_flaw"),
}


@pytest.mark.parametrize(("changes", "expected"), SENDING.values(), ids=SENDING)
def test_the_search_of_captures_misses_each_rule_of_sending(changes, expected):
    """Without any one rule about sending and looking the search finds the rule of money that it keeps."""
    assert expected in broken(replace(Rules(), **changes), expected)
