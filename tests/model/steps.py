"""The sequences that are drawn: what may be asked, what may happen, and how often each is.

`COMMANDS` is the one table of what can be asked of a payment: how a command is drawn, how it is sent, and the model's
method that says what must come of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from payments.money import Money
from payments.references import PaymentKey, operation_id
from starter import PaymentClient
from tests.model.reference import Model
from tests.model.words import DELAY, Command, Predicted, Terms

TOKENS = {
    "approved": "token-visa-approved",
    "declined": "token-visa-insufficient-funds",
    "capture_rejected": "token-visa-capture-rejected",
    "refund_declined": "token-visa-refund-declined",
    "refund_rejected": "token-visa-refund-rejected",
}
# The more often named, the more often drawn.
CARDS = ("approved", "approved", "approved", "approved", *TOKENS)
WINDOWS = (None, None, 4000, 5 * 3600, 3 * 86400, 30 * 86400)
TOTALS = (1, 2, 1000, 23979)
LONGEST = 8
"""Steps of a sequence."""


@dataclass(frozen=True)
class Authorize:
    """Start the payment, or ask how it stands."""


@dataclass(frozen=True)
class Again:
    """Send an earlier command once more, just as it was."""

    which: int


@dataclass(frozen=True)
class AtOnce:
    """Several commands at the same moment: they may come in any order."""

    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Pass:
    """Time passes."""

    span: timedelta


@dataclass(frozen=True)
class PassToWindowEnd:
    """Time passes until so long before (negative) or after the end of the window."""

    offset: timedelta


@dataclass(frozen=True)
class Event:
    """The provider's event arrives: the payment looks. Without this step every event is lost."""


@dataclass(frozen=True)
class Lose:
    """The answers of the next calls are lost, before or after they were processed; or lookups lag behind."""

    fault: str
    count: int


@dataclass(frozen=True)
class ReplaceWorkers:
    """New workers take over between two steps: they know the payment by its history."""


Step = Authorize | Again | AtOnce | Command | Pass | PassToWindowEnd | Event | Lose | ReplaceWorkers


@dataclass(frozen=True)
class Plan:
    """A sequence to play."""

    terms: Terms
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Kind:
    """A command: how it is drawn, sent and predicted, and how often it comes."""

    often: int
    draw: Callable[[str, Terms], SearchStrategy[Command]]
    send: Callable[[PaymentClient, PaymentKey, Command, Terms], Awaitable[Any]]
    predict: Callable[[Model, Command, datetime], Predicted]


def amounts(terms: Terms) -> SearchStrategy[int | None]:
    """All that is left, a part of it, or what cannot be."""
    wrong = st.sampled_from([0, terms.total + 1])
    part = st.integers(1, terms.total)
    return st.one_of(st.none(), part, part, part, wrong)


def currencies(terms: Terms) -> SearchStrategy[str | None]:
    """The order's, now and then another."""
    return st.sampled_from([None] * 11 + ["EUR" if terms.currency != "EUR" else "USD"])


def draw_capture(request: str, terms: Terms) -> SearchStrategy[Command]:
    return st.builds(
        Command,
        st.just("capture"),
        st.just(request),
        amounts(terms),
        currencies(terms),
        st.sampled_from([False, False, True]),
    ).map(_without_currency_of_nothing)


def draw_void(request: str, _terms: Terms) -> SearchStrategy[Command]:
    return st.just(Command("void", request))


def draw_refund(request: str, terms: Terms) -> SearchStrategy[Command]:
    which = st.sampled_from([None, None, None, "nobody", "s0", "s1", "s2", "s3"])
    return st.builds(
        Command, st.just("refund"), st.just(request), amounts(terms), currencies(terms), of_capture=which
    ).map(_without_currency_of_nothing)


def _without_currency_of_nothing(command: Command) -> Command:
    return command if command.amount is not None else Command(**{**vars(command), "currency": None})


def _money(command: Command, terms: Terms) -> Money | None:
    if command.amount is None:
        return None
    return Money(amount_minor=command.amount, currency=command.currency or terms.currency)


async def send_capture(payments: PaymentClient, key: PaymentKey, command: Command, terms: Terms) -> Any:
    amount = _money(command, terms)
    return await payments.capture(key, request_id=command.request, amount=amount, final=command.final)


async def send_void(payments: PaymentClient, key: PaymentKey, command: Command, _terms: Terms) -> Any:
    return await payments.void(key, request_id=command.request)


async def send_refund(payments: PaymentClient, key: PaymentKey, command: Command, terms: Terms) -> Any:
    named = None if command.of_capture is None else operation_id(key, "capture", command.of_capture)
    amount = _money(command, terms)
    return await payments.refund(key, request_id=command.request, amount=amount, capture_id=named)


COMMANDS: dict[str, Kind] = {
    "capture": Kind(4, draw_capture, send_capture, Model.capture),
    "void": Kind(1, draw_void, send_void, Model.void),
    "refund": Kind(3, draw_refund, send_refund, Model.refund),
}


def terms() -> SearchStrategy[Terms]:
    """What is ordered and how it is paid."""
    return st.builds(
        Terms,
        total=st.sampled_from(TOTALS),
        currency=st.sampled_from(["USD", "USD", "JPY"]),
        action=st.sampled_from(["pre_authorization"] * 3 + ["final_authorization", "sale"]),
        account=st.sampled_from(["main", "parts", "parts"]),
        card=st.sampled_from(CARDS),
        window_seconds=st.sampled_from(WINDOWS),
    )


def command(place: int, ordered: Terms, *owns: str) -> SearchStrategy[Command]:
    """A command under a name of its own, now and then under an earlier one."""
    own = owns or (f"s{place}",)
    kinds = [kind for kind in COMMANDS.values() for _ in range(kind.often)]
    names = st.sampled_from([*own * (6 // len(own)), *(f"s{n}" for n in range(place))])
    return st.sampled_from(kinds).flatmap(lambda kind: names.flatmap(lambda name: kind.draw(name, ordered)))


def step(place: int, ordered: Terms) -> SearchStrategy[Step]:
    """One step."""
    one = command(place, ordered)
    spans = [timedelta(seconds=40), timedelta(minutes=25), DELAY + timedelta(minutes=10), timedelta(hours=9)]
    lost = ["drop_before", "drop_after", "fail_before", "fail_after", "half_answer", "lag"]
    return st.one_of(
        one,
        one,
        one,
        one,
        st.integers(0, place).map(Again),
        st.lists(command(place, ordered, *(f"s{place}{each}" for each in "abc")), min_size=2, max_size=3)
        .map(tuple)
        .map(AtOnce),
        st.sampled_from([*spans, timedelta(days=3), timedelta(days=31)]).map(Pass),
        st.sampled_from([timedelta(minutes=-10), timedelta(minutes=10)]).map(PassToWindowEnd),
        st.just(Event()),
        st.builds(Lose, st.sampled_from(lost), st.integers(1, 3)),
        st.just(ReplaceWorkers()),
        st.just(Authorize()),
    )


@st.composite
def plans(draw: DrawFn, orders: SearchStrategy[Terms]) -> Plan:
    """A sequence: most begin with the authorization, some with what comes too early or with a lost answer."""
    ordered = draw(orders)
    first = draw(
        st.lists(st.one_of(command(9, ordered), st.builds(Lose, st.just("drop_after"), st.just(1))), max_size=1)
    )
    places = range(draw(st.integers(1, LONGEST)))
    steps = [draw(step(place, ordered)) for place in places]
    early = first if draw(st.integers(0, 3)) == 0 else []
    return Plan(ordered, (*early, Authorize(), *steps))
