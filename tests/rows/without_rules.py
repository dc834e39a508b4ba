"""Taking our own rules out of this process: what may be asked for, when, and how often.

What is taken out of a class, or of the name under which a rule is used, holds for workers that run already.
"""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

Patch = pytest.MonkeyPatch


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


def no_window_ends(patch: Patch) -> None:
    """Time lets no hold go, and warns nobody before."""
    import payments.decide

    for what in ("release", "warning"):
        patch.setattr(payments.decide, f"decide_{what}_due", lambda _payment, _now: None)
        patch.setattr(payments.decide, f"next_{what}_at", lambda _payment: None)


def nobody_is_given_up(patch: Patch) -> None:
    """What is pending is waited for as long as somebody likes."""
    import payments.decide

    patch.setattr(payments.decide, "decide_pending_due", lambda _payment, _now: None)
    patch.setattr(payments.decide, "next_pending_at", lambda _payment: None)


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


def keys_live_for_ever(patch: Patch) -> None:
    """No wall: the same key is used whatever its age."""
    import payments.resend

    patch.setattr(payments.resend, "KEY_WALL", timedelta(days=365))


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
    """A refund waits neither for settlement nor for the provider's own flag, and takes no capture back."""
    import payments.decide.refund as rules
    from activities.refunding import Refunding
    from payments.states import RefundStage

    async def always_ready(_refunding: Refunding, _errand: Any, _intent: Any, _seconds: float) -> None:
        return None

    patch.setattr(rules, "can_be_taken_back", lambda _payment, _capture: False)
    patch.setattr(rules, "_may_be_asked", lambda _payment, refund: refund.stage is RefundStage.ASKED)
    patch.setattr(Refunding, "_unready", always_ready)


def accepted_refunds_are_forgotten(patch: Patch) -> None:
    """Nobody looks after a refund that was accepted."""
    from payments.payment import Payment

    patch.setattr(Payment, "refund_on_its_way", lambda _payment: None)


def accepted_captures_are_forgotten(patch: Patch) -> None:
    """Nobody looks after a capture that was accepted."""
    from payments.payment import Payment

    patch.setattr(Payment, "capture_on_its_way", lambda _payment: None)


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


def edits_owe_nothing_else(patch: Patch) -> None:
    """An edited order owes what it was opened with."""
    from payments.payment import Payment

    patch.setattr(Payment, "owed_minor", property(lambda payment: payment.opened.owed.amount_minor))


def one_hold_alone_is_shipped(patch: Patch) -> None:
    """A difference is owed as soon as it is asked for, and shipments are captured of the first hold alone."""
    import payments.decide.capture
    from payments.payment import Payment

    usable, owed = payments.decide.capture.usable, Payment.owed_minor

    def at_once(payment: Payment) -> int:
        return max(owed.fget(payment), *(hold.owed_minor or 0 for hold in payment.authorizations), 0)

    patch.setattr(payments.decide.capture, "usable", lambda payment, now: usable(payment, now)[:1])
    patch.setattr(Payment, "owed_minor", property(at_once))


def another_try_follows_anything(patch: Patch) -> None:
    """An order that is paid is paid again."""
    import payments.decide.retry

    patch.setattr(payments.decide.retry, "RETRY_GUARDS", ())
