"""The search over every reachable state: it finds nothing, and it finds each rule's absence."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from payments import resend
from payments.advance import follow
from payments.conclude import outcome_of
from payments.decide import capture, decide, decide_due, refund, release
from payments.events import AttentionNeeded, RefundFailed
from payments.explore import CONFIGURATIONS, Rules, explore, mermaid
from payments.explore.__main__ import main
from payments.operations import IntentOutcome, OperationKind
from payments.payment import Payment
from payments.resend import Next, Patience, Step, next_step
from payments.states import PaymentState, ProviderStatus

LIFECYCLE = Path(__file__).parents[2] / "docs" / "lifecycle.md"
(
    PRE,
    SHORT,
    LENIENT,
    ODD,
    FINAL,
    SALE,
    PENDING,
    KEPT,
    PENDING_SALE,
    REFUNDS,
    STRAYS,
    SEVERAL,
    BACK,
    PLANNED,
    CHECKOUT,
    LATE_COUNTS,
    RETRIED,
    EDITED,
    DIVIDED,
    FOLLOWED,
) = CONFIGURATIONS

searched = cache(explore)
# What the searches visit today is a little more: far fewer would mean that the model lost something.
AT_LEAST = {
    PRE.name: 51_000,
    SHORT.name: 35_000,
    LENIENT.name: 28_000,
    ODD.name: 85_000,
    FINAL.name: 40_000,
    PENDING.name: 60_000,
    KEPT.name: 50_000,
    PENDING_SALE.name: 70_000,
    REFUNDS.name: 45_000,
    STRAYS.name: 20_000,
    SEVERAL.name: 50_000,
    BACK.name: 5_000,
    PLANNED.name: 10_000,
    CHECKOUT.name: 29_000,
    LATE_COUNTS.name: 29_000,
    RETRIED.name: 8_000,
    EDITED.name: 24_000,
    DIVIDED.name: 14_000,
    FOLLOWED.name: 2_000,
}


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda c: c.name)
def test_no_rule_is_broken_in_any_state(configuration):
    """Every reachable state keeps the rules of money, and from each something leads to an end or to a person."""
    report = searched(configuration)
    print(f"{report.states} states, {report.transitions} transitions: {report.configuration}")  # noqa: T201 (-rP shows it)
    assert [str(violation) for violation in report.violations] == []
    assert report.dead_ends == ()
    assert report.states >= AT_LEAST.get(configuration.name, 3_000)
    # Only an answer that cannot be booked waits for a person, a refund beside money that went back unasked, and a
    # customer or a review that Ingenico would not let go of.
    assert (report.waiting_for_people > 0) == (configuration in (ODD, STRAYS, PENDING, KEPT, PENDING_SALE))


def test_each_state_of_a_payment_is_reached():
    """Between them the searches reach every state that a payment has."""
    reached = {after for configuration in CONFIGURATIONS for _, _, after in searched(configuration).changes}
    assert reached | {PaymentState.OPENING} == set(PaymentState)


def test_the_lifecycle_page_shows_what_the_search_saw():
    """The diagram in docs/lifecycle.md is the one that `python -m payments.explore --mermaid` draws."""
    drawn = mermaid(change for configuration in CONFIGURATIONS for change in searched(configuration).changes)
    assert f"```mermaid\n{drawn}\n```\n" in LIFECYCLE.read_text(encoding="utf-8")


def test_the_diagram_is_drawn_from_what_was_seen():
    """The mermaid diagram names each change of state with its event."""
    changes = searched(SALE).changes
    drawn = mermaid([*changes, *changes])
    assert drawn.startswith("stateDiagram-v2\n    [*] --> opening\n")
    assert "    captured --> collected: collected" in drawn.splitlines()


def test_a_broken_rule_ends_the_program_with_its_path(monkeypatch, capsys):
    """`python -m payments.explore` prints the shortest path to a violation and exits with 1."""
    without(monkeypatch, capture, "must_be_positive")
    monkeypatch.setattr("payments.explore.__main__.CONFIGURATIONS", (LENIENT,))
    monkeypatch.setattr("sys.argv", ["explore"])
    assert main() == 1
    told = capsys.readouterr().out
    assert "a_capture_asks_for_something does not hold after:\n  1. the payment is started" in told


def without(monkeypatch, module, guard: str) -> None:
    name = "REFUND_GUARDS" if module is refund else "GUARDS"
    guards = getattr(module, name)
    left = tuple(g for g in guards if g.__name__ != guard)
    assert len(left) == len(guards) - 1
    monkeypatch.setattr(module, name, left)


CAPTURE_GUARDS = {
    "must_not_be_undone": (BACK, "each_asked_for_once"),
    "must_be_held": (PRE, "a_capture_asks_for_something"),
    # A single capture takes all that is left: another finds nothing held.
    "must_not_be_unresolved": (SEVERAL, "one_unresolved_operation"),
    "must_be_within_window": (PRE, "nothing_is_captured_after_the_window"),
    "must_be_of_the_currency": (PRE, "asked_in_the_orders_currency"),
    "must_be_positive": (PRE, "a_capture_asks_for_something"),
    "must_be_held_in_full": (PRE, "no_hold_is_negative"),
    "must_be_whole_if_final": (FINAL, "a_final_authorization_is_captured_whole"),
}
RELEASE_GUARDS = {
    "must_not_be_captured": (PRE, "the_ledger_is_the_truth"),
    "must_not_be_unresolved": (PRE, "one_unresolved_operation"),
}
REFUND_GUARDS = {
    "refund_must_have_something_left": (REFUNDS, "refunds_ask_for_something"),
    "refund_must_be_of_the_currency": (REFUNDS, "refunds_are_of_the_currency"),
    "refund_must_be_positive": (REFUNDS, "refunds_ask_for_something"),
    "refund_must_be_within_what_is_left": (REFUNDS, "refunds_at_most_captured"),
}


def test_every_guard_is_taken_out_once():
    """A guard that is added to the rules must be added to the tables here."""
    assert set(CAPTURE_GUARDS) == {g.__name__ for g in capture.GUARDS}
    assert set(RELEASE_GUARDS) == {g.__name__ for g in release.GUARDS}
    assert set(REFUND_GUARDS) == {g.__name__ for g in refund.REFUND_GUARDS}


@pytest.mark.parametrize(
    ("module", "guard", "configuration", "expected"),
    [
        pytest.param(module, guard, *found, id=f"{module.__name__.rpartition('.')[2]}.{guard}")
        for module, table in ((capture, CAPTURE_GUARDS), (release, RELEASE_GUARDS), (refund, REFUND_GUARDS))
        for guard, found in table.items()
    ],
)
def test_the_search_misses_each_guard(monkeypatch, module, guard, configuration, expected):
    """Without any one guard the search finds the rule of money that it keeps."""
    without(monkeypatch, module, guard)
    assert expected in broken(configuration, Rules(), expected)


def broken(configuration, rules: Rules, expected: str) -> list[str]:
    report = explore(configuration, rules, until=expected)
    print(*report.violations, sep="\n")  # noqa: T201 (-rP shows the shortest path)
    return [violation.invariant for violation in report.violations]


def forgetting(payment: Payment) -> Payment:
    return payment.model_copy(update={"requests": ()})


def sends_at_once(intent, now: datetime, patience: Patience, *, can_send: bool = True) -> Next:
    following = next_step(intent, now, patience, can_send=can_send)
    carried_by_key = intent.operation.kind is OperationKind.AUTHORIZE
    return following if carried_by_key or following.step is not Step.READ else Next(step=Step.SEND, why="blindly")


def minds_no_lease(intent, now: datetime, patience: Patience, *, can_send: bool = True) -> Next:
    return next_step(intent.model_copy(update={"lease_until": None}), now, patience, can_send=can_send)


def in_a_hurry(intent, now: datetime, patience: Patience, *, can_send: bool = True) -> Next:
    """Look without waiting for whoever has the lease, and for what is on its way."""
    return minds_no_lease(intent.model_copy(update={"last_sent_at": None}), now, patience, can_send=can_send)


def following(but: type):
    """Follow a capture and leave out one kind of event."""
    return lambda payment, reading: [event for event in follow(payment, reading) if not isinstance(event, but)]


REAL = Rules()
OTHER_RULES = {
    "a request id is remembered": (
        PRE,
        "one_operation_per_request",
        {"decide": lambda payment, command, now: decide(forgetting(payment), command, now)},
    ),
    "the window's void is asked for once": (
        PRE,
        "one_operation_per_request",
        {"decide_due": lambda payment, now: decide_due(forgetting(payment), now)},
    ),
    "another sender's lease is waited for": (PRE, "what_is_called_proven_is_true", {"next_step": minds_no_lease}),
    "the ledger gives a lease once": (
        LENIENT,
        "one_effect_per_operation",
        {"next_step": minds_no_lease, "lease_is_minded": False},
    ),
    "the quiet period, before a capture is repeated": (
        LENIENT,
        "one_effect_per_operation",
        {"patience": Patience(quiet_seconds=0)},
    ),
    "the quiet period, before an absence counts": (
        SALE,
        "what_is_called_proven_is_true",
        {"patience": Patience(quiet_seconds=0)},
    ),
    "no capture is sent again after its window": (
        PRE,
        "nothing_is_captured_after_the_window",
        {"is_too_late": lambda _operation, _now: False},
    ),
    "read before repeating": (LENIENT, "one_effect_per_operation", {"next_step": sends_at_once}),
    "two looks": (PRE, "what_is_called_proven_is_true", {"two_looks": False}),
    "the looks are spaced": (PRE, "what_is_called_proven_is_true", {"patience": Patience(absence_seconds=0)}),
    "a refused capture or void is read": (PRE, "what_is_called_proven_is_true", {"refusals_are_read": False}),
    "a refused repetition is looked up": (
        PRE,
        "what_is_called_proven_is_true",
        {"refused_repeats_are_looked_up": False},
    ),
    "a reading that proves nothing leaves it open": (
        PRE,
        "one_unresolved_operation",
        {"outcome_of": lambda intent, reading: outcome_of(intent, reading) or IntentOutcome.REFUSED},
    ),
    "only the content that opened it": (PRE, "only_the_content_that_opened_it_is_sent", {"only_own_content": False}),
    "another key only after absence": (PRE, "another_key_only_after_absence", {"after_absence_only": False}),
    "a refund's request id is remembered": (
        REFUNDS,
        "refunds_sum_to_zero",
        {"decide": lambda payment, command, now: decide(forgetting(payment), command, now)},
    ),
    "refunds: the ledger gives a lease once": (
        REFUNDS,
        "the_ledger_knows_every_refund",
        {"next_step": in_a_hurry, "lease_is_minded": False},
    ),
    "refunds: the quiet period, before an absence counts": (
        REFUNDS,
        "the_ledger_knows_every_refund",
        {"patience": Patience(quiet_seconds=0)},
    ),
    "refunds: two looks": (REFUNDS, "the_ledger_knows_every_refund", {"two_looks": False}),
    "refunds: the looks are spaced": (
        REFUNDS,
        "the_ledger_knows_every_refund",
        {"patience": Patience(absence_seconds=0)},
    ),
    "refunds: a refused repetition is looked up": (
        REFUNDS,
        "a_failed_refund_did_not_happen",
        {"refused_repeats_are_looked_up": False},
    ),
    "refunds: beside one of unknown origin nothing is repeated": (
        STRAYS,
        "the_ledger_knows_every_refund",
        {"unknown_refunds": lambda _payment, _readings: ()},
    ),
    "refunds end with their capture": (REFUNDS, "refunds_at_most_captured", {"follow": following(RefundFailed)}),
    "money that went back unasked is told": (
        STRAYS,
        "money_that_went_back_unasked_is_told",
        {"follow": following(AttentionNeeded)},
    ),
    "what a pending authorization has become is booked before it is voided": (
        PENDING,
        "the_ledger_is_the_truth",
        {"moved_meanwhile": lambda _payment, _intent, _reading: ()},
    ),
    "silence proves nothing": (PRE, "what_is_called_proven_is_true", {"on_silence": IntentOutcome.REFUSED}),
}


@pytest.mark.parametrize(("configuration", "expected", "changes"), OTHER_RULES.values(), ids=OTHER_RULES)
def test_the_search_misses_each_rule_of_sending(configuration, expected, changes):
    """Without any one rule about sending, looking and concluding the search finds the rule of money that it keeps."""
    assert expected in broken(configuration, replace(REAL, **changes), expected)


@pytest.mark.parametrize(
    ("configuration", "expected"), [(PRE, "one_effect_per_operation"), (REFUNDS, "one_effect_per_refund")]
)
def test_the_search_misses_the_wall_of_keys(monkeypatch, configuration, expected):
    """A key that is repeated after the provider has forgotten it charges, or gives back, twice."""
    monkeypatch.setattr(resend, "KEY_WALL", timedelta(days=365))
    assert expected in broken(configuration, Rules(), expected)


def test_the_search_misses_that_a_queued_capture_is_not_taken_back_yet():
    """Whoever takes a queued capture for one that was taken back is found out."""

    def hasty(intent, reading):
        queued = reading.status is ProviderStatus.CAPTURE_REQUESTED
        is_taking_back = intent.operation.kind is OperationKind.TAKE_BACK
        return IntentOutcome.REFUSED if is_taking_back and queued else outcome_of(intent, reading)

    assert "the_books_are_the_truth" in broken(BACK, Rules(outcome_of=hasty), "the_books_are_the_truth")
