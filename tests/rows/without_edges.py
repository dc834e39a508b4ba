"""Taking out what guards us where we meet the provider: what is sent, how answers are read, how events are taken in.

What is taken out of a class, or of the name under which a rule is used, holds for workers that run already.
"""

import itertools
from collections import defaultdict
from typing import Any

import pytest

Patch = pytest.MonkeyPatch


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


def in_progress_is_a_failure(patch: Patch) -> None:
    """409 for a request that still runs is read as any other conflict."""
    import ingenico.errors

    patch.setattr(ingenico.errors, "IN_PROGRESS", "unheard of")


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


def asked_is_refunded(patch: Patch) -> None:
    """A refund that waits for approval passes for one that was paid."""
    from ingenico import refund_outcomes
    from payments.states import RefundStatus

    patch.setitem(refund_outcomes.STATUSES, "PENDING_APPROVAL", RefundStatus.REFUNDED)


def minor_units_sent_as_they_are(patch: Patch) -> None:
    """Amounts go out in ISO's minor units."""
    import ingenico.requests

    patch.setattr(ingenico.requests, "amount_as_sent", lambda amount: amount.amount_minor)


def several_captures_taken_for_granted(patch: Patch) -> None:
    """Every account is held to take several captures."""
    import ingenico.outcomes

    patch.setattr(ingenico.outcomes, "_TAKES_CAPTURES", {"PENDING_APPROVAL", "PENDING_CAPTURE"})
