"""The port to the books: what is remembered, and the guarantees it must keep.

Every call is one transaction; what it returns is committed. It holds the lock of the payment's claim, but for
`send_again`, which decides on the intent's own row and locks that, and `progress`, which only reads. Rules arrive as
pure functions of the payment as the ledger folds it, so a call that runs again finds its events and adds none.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from payments.base import Value
from payments.events import AnyEvent, Opened, RecordedEvent
from payments.operations import Intent, IntentOutcome, Operation
from payments.payment import Payment
from payments.references import PaymentKey

Rule = Callable[[Payment], Sequence[AnyEvent]]
"""What the payment, as it now stands in the ledger, gains by what was learned; nothing if it has it already."""
IntentRule = Callable[[Payment, Intent], Sequence[AnyEvent]]


class RecordsError(Exception):
    """The books refused."""


class UnknownOrder(RecordsError):
    """No payment was ever opened for this order."""


class AnotherUnresolved(RecordsError):
    """An operation on this authorization is not resolved yet: no second one may start."""


class LeaseHeld(RecordsError):
    """Another sender may be sending this very attempt; the lease ends at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"another sender holds the lease until {until.isoformat()}")
        self.until = until


class SentMeanwhile(LeaseHeld):
    """Somebody has sent this attempt since it was read: what was seen at the provider may be older than that send."""

    def __str__(self) -> str:
        return "another sender has sent it meanwhile"


class ToldOf(RecordsError):
    """The provider has told of this attempt by an event: that it was not found proves nothing, look again later."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"the provider has told of {reference}, though it is not found")


class ProviderIdTaken(RecordsError):
    """The provider names a payment that is another authorization's: from that nothing follows for this one."""

    def __init__(self, provider_id: str, operation_id: str) -> None:
        super().__init__(f"payment {provider_id} is {operation_id}")
        self.provider_id, self.operation_id = provider_id, operation_id


class Draft(Value):
    """An intent about to be written."""

    operation: Operation
    reference: str | None
    """None for an authorization: the ledger hands out the next number with the row."""
    amount_as_sent: int


class Sender(Value):
    """Who is about to send and until when nobody else may."""

    owner: str
    lease_until: datetime


class Progress(Value):
    """The events that the asker did not know yet, in order."""

    events: tuple[RecordedEvent, ...] = ()


class Begun(Progress):
    """An intent as it stands in the ledger."""

    intent: Intent
    created: bool
    """Whether this call wrote it: then its first send is this caller's, and `first_sent_at` is set."""


class Amendment(Value):
    """What a send or a look taught without resolving the intent. The lease is given back."""

    nothing_was_sent: bool = False
    """The last send provably never left: forget it, as if it had not been tried."""
    key_is_dead: bool = False
    absent_once: bool = False


class Records(Protocol):
    """What the engine asks of its ledger. `known` is the last event's sequence that the asker has folded."""

    async def begin(
        self,
        key: PaymentKey,
        draft: Draft,
        sender: Sender,
        rule: IntentRule,
        *,
        opening: Opened | None,
        now: datetime,
        known: int,
    ) -> Begun:
        """Write the intent, its events and, with `opening`, the order's claim; or return what is there.

        An intent found for the same operation and attempt is returned untouched, whatever `draft` says. A new
        one gets `first_sent_at`, `last_sent_at` and the sender's lease in the same commit.
        Raises UnknownOrder without a claim and without `opening`, AnotherUnresolved when the authorization has one.
        """
        ...

    async def send_again(self, intent: Intent, sender: Sender, *, now: datetime) -> Intent:
        """Take the lease and stamp a repetition.

        Raises LeaseHeld while another sender has it, SentMeanwhile if one has sent since `intent` was read.
        """
        ...

    async def amend(
        self, key: PaymentKey, intent: Intent, amendment: Amendment, rule: Rule, *, now: datetime, known: int
    ) -> Progress:
        """Write what was learned of an unresolved intent and give the lease back."""
        ...

    async def conclude(
        self,
        key: PaymentKey,
        intent: Intent,
        outcome: IntentOutcome,
        rule: Rule,
        *,
        provider_id: str | None,
        evidence: str,
        now: datetime,
        known: int,
        redirect_url: str | None = None,
    ) -> Progress:
        """Write the outcome, once, with its events and entries; a stored outcome stays and nothing is added.

        `redirect_url`: where the customer is sent, kept until they are awaited no more, and in no event.
        Raises SentMeanwhile for an outcome that says it did not happen, if somebody has sent since `intent` was read;
        ToldOf for absence, if the provider has told of the reference by an event; ProviderIdTaken if the account has
        another authorization under `provider_id`. Each leaves all as it was.
        """
        ...

    async def record(self, key: PaymentKey, rule: Rule, *, now: datetime, known: int) -> Progress:
        """Write events that belong to no intent. Raises UnknownOrder."""
        ...

    async def redirect_url(self, authorization_id: str) -> str | None:
        """Return where an authorization's customer is awaited; None when it is not known, or they are no more."""
        ...

    async def progress(self, key: PaymentKey, *, known: int) -> Progress:
        """Return what happened after `known`. Raises UnknownOrder."""
        ...


class Clock(Protocol):
    """The time, injected: on a time-skipping server only the workflow's own clock jumps."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...
