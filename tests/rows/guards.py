"""What guards each row of the proof table, and how to take it out of this process.

Where two layers guard one thing both are taken out: each alone would be caught by the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.rows import without_edges as edges
from tests.rows import without_rules as rules


@dataclass(frozen=True)
class Guard:
    """What guards, in words, and what takes it out."""

    what: str
    take_out: Callable[[pytest.MonkeyPatch], None]


GUARDS: dict[str, Guard] = {
    "F1": Guard("a request id is asked once", rules.requests_without_identity),
    "F2": Guard("a capture is known by its request id, not by its amount", rules.requests_known_by_amount),
    "F3": Guard("the window's end is warned of, and releases the hold", rules.no_window_ends),
    "F4": Guard("a repeated create has its first key and reference", edges.a_new_key_for_each_try),
    "F5": Guard("a capture is read before it is repeated", rules.captures_repeated_blindly),
    "F6": Guard("a replayed failure ends its key", rules.dead_keys_unrecognised),
    "F7": Guard("409 in progress waits", edges.in_progress_is_a_failure),
    "F8": Guard("the wall at 23 hours", rules.keys_live_for_ever),
    "F9": Guard("the reference is in the books before it is sent", edges.references_unknown_beforehand),
    "F10": Guard("the inbox holds an event id once", edges.each_delivery_is_an_event),
    "F11": Guard("an event's payment is read, and a reading that is behind says nothing", edges.events_are_believed),
    "F12": Guard("an event is committed before it is acknowledged", edges.acknowledged_before_it_is_kept),
    "F13": Guard("what matches no payment is quarantined", edges.unmatched_events_dropped),
    "F15": Guard("the last capture is told to be final", edges.last_captures_not_said_final),
    "F16": Guard("a void after captures ends them", rules.nothing_ends_a_capturing_hold),
    "F17": Guard("what an edited order owes is what may be captured", rules.edits_owe_nothing_else),
    "F18": Guard("a difference is owed once it is held, and shipped of both holds", rules.one_hold_alone_is_shipped),
    "F19": Guard("a void is decided by our books, then by a fresh reading", rules.voids_look_nowhere),
    "F20": Guard("a refund reserves what it asks for", rules.refunds_without_a_limit),
    "F21": Guard("a refund waits for settlement and flag, or takes the capture back", rules.refunds_sent_at_once),
    "F22": Guard("a refund that waits for approval is not paid", edges.asked_is_refunded),
    "F23": Guard("an accepted refund is followed", rules.accepted_refunds_are_forgotten),
    "F24": Guard("an accepted capture is followed", rules.accepted_captures_are_forgotten),
    "F25": Guard("amounts are sent in hundredths", edges.minor_units_sent_as_they_are),
    "F30": Guard("a customer who stays away is given up", rules.nobody_is_given_up),
    "F31": Guard("another try follows only what came to nothing", rules.another_try_follows_anything),
    "F40": Guard("names derive from the order and the request, not from the run", rules.names_of_the_run),
    "F42": Guard("a closed payment is taken up from the ledger", rules.closed_is_forgotten),
    "F43": Guard("nothing is undone on an unproven outcome", rules.no_answer_is_a_failure),
    "F44": Guard("no answer is no outcome", rules.no_answer_is_a_failure),
    "F49": Guard("whether several captures are taken is read of the payment", edges.several_captures_taken_for_granted),
    "F50": Guard("a review that nobody decides is given up", rules.nobody_is_given_up),
}
