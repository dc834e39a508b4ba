"""What the provider is asked to do, and what the ledger remembers of asking: the intent."""

from datetime import datetime
from enum import StrEnum

from payments.base import Value
from payments.money import Money


class OperationKind(StrEnum):
    """What this engine asks of a payment at the provider."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    FINALIZE = "finalize"
    """No capture follows those that were made; a void of what is left."""
    REFUND = "refund"
    TAKE_BACK = "take_back"
    """The one capture of a payment leaves the provider's queue again."""
    ACCEPT = "accept"
    """A payment under fraud review is let through."""
    CHECKOUT = "hosted_checkout"
    """A page of the provider's is opened, on which the customer authorizes the payment."""
    CLOSE = "close_checkout"
    """Such a page is closed, and what was paid on it is found."""


OPENING = frozenset({OperationKind.AUTHORIZE, OperationKind.CHECKOUT})
"""What may open an order, and becomes an authorization."""


class Operation(Value):
    """One thing to be done at the provider at most once, named by whoever asked for it."""

    operation_id: str
    kind: OperationKind
    request_id: str
    request_hash: str
    authorization_id: str
    """The operation id of the authorization it concerns; for an authorization its own."""
    attempt: int = 1
    """Counts idempotence keys: a second one only after the first attempt is proven absent."""
    amount: Money
    account: str
    not_after: datetime | None = None
    """A capture is not sent, nor sent again, once its authorization's window has ended."""
    provider_id: str | None = None
    """The provider's name of the payment, none before an authorization is answered; of the page that is closed."""
    one_of_several: bool = False
    """The payment takes several captures: each has a reference of its own, and is read by it."""
    is_final: bool = True
    """A capture that none follows."""
    of_pending: bool = False
    """The authorization was pending when this was decided: what is read of it is booked before anything is sent."""
    provider_capture_id: str | None = None
    """The provider's name of the capture that a refund is of, where the payment takes several."""


class IntentOutcome(StrEnum):
    """How an attempt ended; written once."""

    DONE = "done"
    DECLINED = "declined"
    REFUSED = "refused"
    """Provably not done, and not to be repeated."""
    ABSENT = "absent"
    """Proven never to have reached the provider's books; another attempt may follow."""


class Intent(Value):
    """One attempt at an operation as the ledger holds it, written before the socket is touched. Times are UTC."""

    operation: Operation
    idempotence_key: str
    reference: str
    """The merchant reference sent: an authorization, a refund and one of several captures have their own."""
    amount_as_sent: int
    """In the provider's unit: two decimals for every currency."""
    created_at: datetime
    first_sent_at: datetime | None = None
    """When bytes may first have left; none while it is proven that none did."""
    last_sent_at: datetime | None = None
    key_dead_at: datetime | None = None
    """Set when the provider replays a stored failure under the key: from then on only looking helps."""
    first_absent_at: datetime | None = None
    """When a look first found nothing; a second look, spaced apart, proves absence."""
    lease_owner: str | None = None
    lease_until: datetime | None = None
    """Nobody else sends before this; longer than the whole client timeout."""
    outcome: IntentOutcome | None = None
