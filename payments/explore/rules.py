"""What is searched: the core's own rules, and the order in which a pass at an operation uses them.

The functions are the real ones; the flags name what a sender must do between them. A test takes one out and sees
the search fail, so nothing here is copied from the core.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from payments import conclude, pending, refunding, resend
from payments.advance import follow
from payments.checkouts import checkout_result
from payments.commands import AnyCommand
from payments.conclude import events_of, outcome_of
from payments.decide import Decision, Perform, Record, decide, decide_due
from payments.events import AnyEvent
from payments.look import look_result
from payments.operations import Intent, IntentOutcome, Operation
from payments.parts import Authorization
from payments.payment import Payment
from payments.provider import ProviderCheckout, ProviderPayment, ProviderRefund
from payments.resend import Next, Patience


class NextStep(Protocol):
    """The form of `payments.resend.next_step`."""

    def __call__(self, intent: Intent, now: datetime, patience: Patience, *, can_send: bool = True) -> Next:
        """Say what an unresolved intent needs."""
        ...


@dataclass(frozen=True)
class Rules:
    """The rules of the core, and those of a sender."""

    decide: Callable[[Payment, AnyCommand, datetime], Decision] = decide
    decide_due: Callable[[Payment, datetime], Perform | Record | None] = decide_due
    next_step: NextStep = resend.next_step
    is_too_late: Callable[[Operation, datetime], bool] = resend.is_too_late
    outcome_of: Callable[[Intent, ProviderPayment], IntentOutcome | None] = outcome_of
    events_of: Callable[[Payment, Intent, ProviderPayment], Sequence[AnyEvent]] = events_of
    refused_events: Callable[[Payment, Intent, str, str], Sequence[AnyEvent]] = conclude.refused_events
    follow: Callable[[Payment, ProviderPayment], Sequence[AnyEvent]] = follow
    look: Callable[[Payment, ProviderPayment], Sequence[AnyEvent]] = look_result
    moved_meanwhile: Callable[[Payment, Intent, ProviderPayment], Sequence[AnyEvent]] = pending.moved_meanwhile
    page: Callable[[Payment, Authorization, ProviderCheckout], Sequence[AnyEvent]] = checkout_result
    unknown_refunds: Callable[[Payment, Sequence[ProviderRefund]], Sequence[ProviderRefund]] = refunding.unknown_refunds
    patience: Patience = field(default_factory=Patience)
    lease_is_minded: bool = True
    """The ledger gives nobody the lease while another sender has it."""
    two_looks: bool = True
    """Nothing found once is not absence."""
    refusals_are_read: bool = True
    """A refused capture or void is read before the refusal is believed."""
    refused_repeats_are_looked_up: bool = True
    """A refused repetition of an authorization says nothing about the sends before it."""
    on_silence: IntentOutcome | None = None
    """What a lost answer proves: nothing."""
    only_own_content: bool = True
    """An authorization is sent with the start that opened the payment, no other."""
    after_absence_only: bool = True
    """Another key comes only after the attempt before is proven absent."""
