"""What a create payment asks for, read and found valid, whatever the method."""

from dataclasses import dataclass

from simulator.kernel.calls import Json
from simulator.kernel.documents import Document
from simulator.payments import timeline
from simulator.payments.accounts import Account
from simulator.payments.cards import Card
from simulator.payments.records import Outcome


@dataclass(frozen=True, kw_only=True)
class Money:
    """The order's part: how much, and by what it is found again."""

    amount: int
    currency: str
    merchant_reference: str | None
    merchant_order_id: int | None
    country: str
    city: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A valid request. `output` is what the method's specific output will show."""

    money: Money
    method: str
    product: int
    captures: str
    outcome: Outcome
    output: Json
    mode: str = timeline.UNSPECIFIED
    redirect: Json | None = None
    card: Card | None = None
    account: Account | None = None
    tokenize: bool = False
    mandate: Document | None = None
    collect_from: int = 0
    hosted_checkout_id: str | None = None
