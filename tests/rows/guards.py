"""What guards each row of the proof table, and how to take it out of this process.

Where two layers guard one thing both are taken out: each alone would be caught by the other. What is taken out of a
class or of the name under which a rule is used holds for workers that run already.
"""

import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Guard:
    """What guards, in words, and what takes it out."""

    what: str
    take_out: Callable[[Patch], None]


def _rename_requests(patch: Patch, name_of: Callable[[Any, int], str]) -> None:
    """Have each command that comes in carry another request id: `name_of` the command and its place among all."""
    from workflows.mailbox import Mailbox

    post, places = Mailbox.post, itertools.count(1)

    def posting(mailbox: Mailbox, message: Any) -> Any:
        if message.command is not None:
            name = name_of(message.command, next(places))
            message.command = message.command.model_copy(update={"request_id": name})
        return post(mailbox, message)

    patch.setattr(Mailbox, "post", posting)


def requests_without_identity(patch: Patch) -> None:
    """Each message is another request, whatever id it carries."""
    _rename_requests(patch, lambda command, place: f"{command.request_id}.{place}")


def requests_known_by_amount(patch: Patch) -> None:
    """A capture is known by its amount."""
    _rename_requests(patch, lambda command, _: f"of-{command.amount.amount_minor}")


def no_release_is_ever_due(patch: Patch) -> None:
    """Time lets no hold go."""
    import payments.decide

    patch.setattr(payments.decide, "decide_release_due", lambda _payment, _now: None)
    patch.setattr(payments.decide, "next_release_at", lambda _payment: None)


def a_new_key_for_each_try(patch: Patch) -> None:
    """Each try at an authorization has a key and a reference of its own."""
    from ingenico.provider import IngenicoProvider

    authorize, tries = IngenicoProvider.authorize, itertools.count(1)

    async def afresh(provider: IngenicoProvider, request: Any) -> Any:
        number = next(tries)
        names = {
            "idempotence_key": f"{number}-{request.idempotence_key}"[:40],
            "reference": f"{request.reference}.{number}",
        }
        return await authorize(provider, request.model_copy(update=names))

    patch.setattr(IngenicoProvider, "authorize", afresh)


def captures_repeated_blindly(patch: Patch) -> None:
    """A capture without an outcome is sent again, as if a key protected it."""
    import activities.sending
    from payments.operations import OperationKind
    from payments.resend import Next, Step, next_step

    def blindly(intent: Any, *args: Any, **options: Any) -> Next:
        is_open = intent.outcome is None and intent.operation.kind is OperationKind.CAPTURE
        return Next(step=Step.REPEAT, why="nobody looks") if is_open else next_step(intent, *args, **options)

    patch.setattr(activities.sending, "next_step", blindly)


def dead_keys_unrecognised(patch: Patch) -> None:
    """A replayed failure passes for a failure like any other."""
    from activities.outcomes import Outcomes

    unknown = Outcomes.unknown

    async def as_ever(outcomes: Outcomes, errand: Any, intent: Any, reason: str, **_: bool) -> Any:
        return await unknown(outcomes, errand, intent, reason)

    patch.setattr(Outcomes, "unknown", as_ever)


def in_progress_is_a_failure(patch: Patch) -> None:
    """409 for a request that still runs is read as any other conflict."""
    import ingenico.errors

    patch.setattr(ingenico.errors, "IN_PROGRESS", "unheard of")


def keys_live_for_ever(patch: Patch) -> None:
    """No wall: the same key is used whatever its age."""
    import payments.resend

    patch.setattr(payments.resend, "KEY_WALL", timedelta(days=365))


def references_unknown_beforehand(patch: Patch) -> None:
    """An event is known by the provider's id of its payment alone, which only the answer brings."""
    import ledger.inbox

    patch.setattr(ledger.inbox, "_HAS_REFERENCE", ())


def each_delivery_is_an_event(patch: Patch) -> None:
    """An event that comes again is taken in again."""
    from ledger.inbox import Inbox

    take_in, deliveries = Inbox.take_in, itertools.count(1)

    async def anew(inbox: Inbox, arrival: Any, **options: Any) -> bool:
        name = f"{arrival.event_id}.{next(deliveries)}"
        return await take_in(inbox, arrival.model_copy(update={"event_id": name}), **options)

    patch.setattr(Inbox, "take_in", anew)


def events_are_believed(patch: Patch) -> None:
    """A payment is what its events say, one after the other as they come, also where that is behind what is booked."""
    import payments.look
    from ingenico.provider import IngenicoProvider
    from ledger.inbox import Inbox
    from payments.states import ProviderStatus

    said: defaultdict[str, list[ProviderStatus]] = defaultdict(list)
    words = {
        "payment.pending_approval": ProviderStatus.AUTHORIZED,
        "payment.capture_requested": ProviderStatus.CAPTURE_REQUESTED,
        "payment.captured": ProviderStatus.CAPTURED,
        "payment.paid": ProviderStatus.COLLECTED,
    }
    take_in, read = Inbox.take_in, IngenicoProvider.read

    async def listening(inbox: Inbox, arrival: Any, **options: Any) -> bool:
        said[arrival.payment_id].append(words[arrival.type])
        return await take_in(inbox, arrival, **options)

    async def believed(provider: IngenicoProvider, account: str, provider_id: str) -> Any:
        reading = await read(provider, account, provider_id)
        status = said[provider_id].pop(0) if said[provider_id] else reading.status
        return reading.model_copy(update={"status": status, "raw_status": status.value})

    patch.setattr(payments.look, "_NOTHING_TO_TELL", frozenset())
    patch.setattr(Inbox, "take_in", listening)
    patch.setattr(IngenicoProvider, "read", believed)


def acknowledged_before_it_is_kept(patch: Patch) -> None:
    """An event is acknowledged and handed on in memory alone."""
    from ledger.inbox import Inbox

    async def unkept(_inbox: Inbox, _arrival: Any, **_options: Any) -> bool:
        return True

    patch.setattr(Inbox, "take_in", unkept)


def unmatched_events_dropped(patch: Patch) -> None:
    """What no payment matches is over."""
    from gateway.relay import Relay

    async def dropped(relay: Relay, events: Any) -> None:
        await relay._inbox.delivered(events, None, now=relay._clock.now())

    patch.setattr(Relay, "_without_payment", dropped)


def last_captures_not_said_final(patch: Patch) -> None:
    """No capture is told to be the last."""
    import ingenico.requests

    capture_payment = ingenico.requests.capture_payment
    patch.setattr(
        ingenico.requests,
        "capture_payment",
        lambda request: capture_payment(request).model_copy(update={"is_final": False}),
    )


def nothing_ends_a_capturing_hold(patch: Patch) -> None:
    """A hold of which anything was captured is never let go of."""
    import payments.decide.release as rules
    from payments.refusals import Refusal

    def refused(payment: Any, hold: Any) -> Refusal | None:
        taken = payment.live_captures(hold.authorization_id)
        return Refusal(code="already_captured", field="order", message="Taken.", remedy="None.") if taken else None

    patch.setattr(rules, "GUARDS", (refused, *rules.GUARDS))


def voids_look_nowhere(patch: Patch) -> None:
    """A void asks neither our books nor the provider whether something was captured."""
    import payments.decide.release as rules
    from activities.sending import Sending

    send = Sending._send

    async def unread(sending: Sending, errand: Any, intent: Any, **_: bool) -> Any:
        return await send(sending, errand, intent, was_read=True)

    patch.setattr(rules, "GUARDS", ())
    patch.setattr(Sending, "_send", unread)


def refunds_without_a_limit(patch: Patch) -> None:
    """Refunds are not held against what was captured."""
    import payments.decide.refund as rules

    out = {rules.refund_must_be_within_what_is_left, rules.refund_must_have_something_left}
    patch.setattr(rules, "REFUND_GUARDS", tuple(guard for guard in rules.REFUND_GUARDS if guard not in out))


def refunds_sent_at_once(patch: Patch) -> None:
    """A refund waits neither for settlement nor for the provider's own flag."""
    import payments.decide.refund as rules
    from activities.refunding import Refunding
    from payments.states import RefundStage

    async def always_ready(_refunding: Refunding, _errand: Any, _intent: Any, _seconds: float) -> None:
        return None

    patch.setattr(rules, "_may_be_asked", lambda _payment, refund: refund.stage is RefundStage.ASKED)
    patch.setattr(Refunding, "_unready", always_ready)


def asked_is_refunded(patch: Patch) -> None:
    """A refund that waits for approval passes for one that was paid."""
    from ingenico import refund_outcomes
    from payments.states import RefundStatus

    patch.setitem(refund_outcomes.STATUSES, "PENDING_APPROVAL", RefundStatus.REFUNDED)


def accepted_refunds_are_forgotten(patch: Patch) -> None:
    """Nobody looks after a refund that was accepted."""
    from payments.payment import Payment

    patch.setattr(Payment, "refund_on_its_way", lambda _payment: None)


def accepted_captures_are_forgotten(patch: Patch) -> None:
    """Nobody looks after a capture that was accepted."""
    from payments.payment import Payment

    patch.setattr(Payment, "capture_on_its_way", lambda _payment: None)


def minor_units_sent_as_they_are(patch: Patch) -> None:
    """Amounts go out in ISO's minor units."""
    import ingenico.requests

    patch.setattr(ingenico.requests, "amount_as_sent", lambda amount: amount.amount_minor)


def names_of_the_run(patch: Patch) -> None:
    """A payment, and with it every reference and key, is named by its workflow's run."""
    import workflows.conduct
    from workflows.contract import key_of

    def of_this_run(workflow_id: str) -> Any:
        from temporalio import workflow

        key = key_of(workflow_id)
        run = workflow.info().run_id[:4]
        return None if key is None else key.model_copy(update={"order_id": f"{key.order_id}-{run}"})

    patch.setattr(workflows.conduct.contract, "key_of", of_this_run)


def closed_is_forgotten(patch: Patch) -> None:
    """A run that another message starts does not look into the ledger."""
    from workflows.conduct import Conduct

    open_payment: Callable[[Conduct], Awaitable[bool]] = Conduct.open

    async def only_with_a_start(conduct: Conduct) -> bool:
        if conduct.start.start is not None:
            return await open_payment(conduct)
        conduct.is_open = False
        return False

    patch.setattr(Conduct, "open", only_with_a_start)


def no_answer_is_a_failure(patch: Patch) -> None:
    """What is not answered has not happened; and a void looks nowhere."""
    from activities.outcomes import Outcomes
    from payments.provider import Refused

    async def failed(outcomes: Outcomes, errand: Any, intent: Any, reason: str, **_: bool) -> Any:
        return await outcomes.proven_refused(errand, intent, Refused("timeout", reason), reason)

    patch.setattr(Outcomes, "unknown", failed)
    voids_look_nowhere(patch)


def several_captures_taken_for_granted(patch: Patch) -> None:
    """Every account is held to take several captures."""
    import ingenico.outcomes

    patch.setattr(ingenico.outcomes, "_TAKES_CAPTURES", {"PENDING_APPROVAL", "PENDING_CAPTURE"})


GUARDS: dict[str, Guard] = {
    "F1": Guard("a request id is asked once", requests_without_identity),
    "F2": Guard("a capture is known by its request id, not by its amount", requests_known_by_amount),
    "F3": Guard("the window's end releases the hold", no_release_is_ever_due),
    "F4": Guard("a repeated create has its first key and reference", a_new_key_for_each_try),
    "F5": Guard("a capture is read before it is repeated", captures_repeated_blindly),
    "F6": Guard("a replayed failure ends its key", dead_keys_unrecognised),
    "F7": Guard("409 in progress waits", in_progress_is_a_failure),
    "F8": Guard("the wall at 23 hours", keys_live_for_ever),
    "F9": Guard("the reference is in the books before it is sent", references_unknown_beforehand),
    "F10": Guard("the inbox holds an event id once", each_delivery_is_an_event),
    "F11": Guard("an event's payment is read, and a reading that is behind says nothing", events_are_believed),
    "F12": Guard("an event is committed before it is acknowledged", acknowledged_before_it_is_kept),
    "F13": Guard("what matches no payment is quarantined", unmatched_events_dropped),
    "F15": Guard("the last capture is told to be final", last_captures_not_said_final),
    "F16": Guard("a void after captures ends them", nothing_ends_a_capturing_hold),
    "F19": Guard("a void is decided by our books, then by a fresh reading", voids_look_nowhere),
    "F20": Guard("a refund reserves what it asks for", refunds_without_a_limit),
    "F21": Guard("a refund waits for settlement, then for the provider's flag", refunds_sent_at_once),
    "F22": Guard("a refund that waits for approval is not paid", asked_is_refunded),
    "F23": Guard("an accepted refund is followed", accepted_refunds_are_forgotten),
    "F24": Guard("an accepted capture is followed", accepted_captures_are_forgotten),
    "F25": Guard("amounts are sent in hundredths", minor_units_sent_as_they_are),
    "F40": Guard("names derive from the order and the request, not from the run", names_of_the_run),
    "F42": Guard("a closed payment is taken up from the ledger", closed_is_forgotten),
    "F43": Guard("nothing is undone on an unproven outcome", no_answer_is_a_failure),
    "F44": Guard("no answer is no outcome", no_answer_is_a_failure),
    "F49": Guard("whether several captures are taken is read of the payment", several_captures_taken_for_granted),
}
