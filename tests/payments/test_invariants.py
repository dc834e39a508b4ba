"""The rules of money section by section, over random amounts, currencies, commands and answers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.accounts import Account as MerchantAccount
from payments.advance import follow
from payments.commands import Capture, Void
from payments.conclude import events_of, outcome_of, refused_events
from payments.decide import (
    AlreadyDone,
    Perform,
    Record,
    Refuse,
    decide,
    decide_authorization,
    decide_due,
    intended,
    open_payment,
)
from payments.events import AnyEvent, RecordedEvent
from payments.evolve import evolve
from payments.methods import PaymentAction, PaymentInstruction
from payments.money import Money
from payments.notifications import TYPES, notification_of
from payments.operations import Intent, Operation
from payments.order import Address, Customer, Order
from payments.payment import Payment
from payments.postings import Account, postings
from payments.provider import ProviderPayment, Release
from payments.references import idempotence_key
from payments.states import CaptureStage, ProviderStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HELD = {Account.HOLD_OPEN: "open_minor", Account.HOLD_RESERVED: "reserved_minor", Account.HOLD_LAPSING: "lapsing_minor"}


class Story:
    """One payment's books, and the intent that is open."""

    def __init__(self, total: Money, action: PaymentAction) -> None:
        order = Order(
            order_id="o1",
            total=total,
            customer=Customer(customer_id="c1"),
            billing_address=Address(country_code="FR"),
        )
        opened = open_payment(order, PaymentInstruction(token="t", action=action), MerchantAccount(name="main"), "d")
        self.payment = Payment(key=order.key)
        self.accounts = dict.fromkeys(Account, 0)
        self.names: set[tuple[str, str, int]] = set()
        operation = decide_authorization(opened, self.payment).operation
        self.intent: Intent | None = intent_of(operation)
        self.write((opened, intended(self.intent)))

    def write(self, events: tuple[AnyEvent, ...]) -> None:
        for event in events:
            self.payment = evolve(self.payment, event)
            self.tell(event)
            entries = postings(event)
            assert sum(entry.amount_minor for entry in entries) == 0
            for entry in entries:
                self.accounts[entry.account] += entry.amount_minor
            name = (event.kind, event.subject, event.occurrence)
            assert name not in self.names
            self.names.add(name)
        self.check()

    def tell(self, event: AnyEvent) -> None:
        """Whatever happens can be told, and what is told is the standing."""
        recorded = RecordedEvent(sequence=self.payment.sequence, occurred_at=NOW, event=event)
        told = notification_of(self.payment, recorded)
        assert (told is None) == (TYPES[event.kind] is None)
        assert told is None or told.data.state is self.payment.state

    def check(self) -> None:
        payment = self.payment
        for hold in payment.authorizations:
            for account, field in HELD.items():
                assert getattr(hold, field) == self.accounts[account] >= 0
            live = payment.live_captures(hold.authorization_id)
            taken = sum(c.amount_minor for c in live if c.stage is not CaptureStage.INTENDED)
            left = hold.open_minor + hold.reserved_minor + hold.lapsing_minor
            assert taken + left <= hold.amount_minor
        assert len({r.request_id for r in payment.requests}) == len(payment.requests)
        assert (payment.unresolved is not None) == (self.intent is not None)
        at_provider = (Account.CAPTURE_QUEUED, Account.PROVIDER_CAPTURED, Account.PROVIDER_COLLECTED)
        assert sum(self.accounts[a] for a in at_provider) + self.accounts[Account.SUSPENSE] >= 0
        assert not self.accounts[Account.SUSPENSE] or payment.attention

    def ask(self, command: Capture | Void, now: datetime) -> None:
        decision = decide(self.payment, command, now)
        if self.intent is not None:
            assert isinstance(decision, Refuse | AlreadyDone | Record)
        self.follow(decision)

    def due(self, now: datetime) -> None:
        self.follow(decide_due(self.payment, now))

    def follow(self, decision: object) -> None:
        if isinstance(decision, Record):
            self.write(decision.events)
        elif isinstance(decision, Perform):
            self.intent = intent_of(decision.operation)
            self.write(decision.events)

    def read(self, reading: ProviderPayment) -> None:
        intent = self.intent
        if intent is None:
            if self.payment.authorization is not None and self.payment.authorization.provider_id is not None:
                self.write(follow(self.payment, reading))
            return
        events = events_of(self.payment, intent, reading)
        assert bool(events) == (outcome_of(intent, reading) is not None)
        self.intent = None if events else intent
        self.write(events)

    def refuse(self) -> None:
        if self.intent is not None:
            events = refused_events(self.payment, self.intent, "code", "message")
            self.intent = None
            self.write(events)


def intent_of(operation: Operation) -> Intent:
    return Intent(
        operation=operation,
        idempotence_key=idempotence_key(operation.account, operation.operation_id, operation.attempt),
        reference="main-o1-a01",
        amount_as_sent=1,
        created_at=NOW,
        first_sent_at=NOW,
        last_sent_at=NOW,
    )


CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "RSD", "HUF"])
AMOUNTS = st.integers(1, 10_000_000)
PARTS = st.one_of(st.none(), st.just(0), st.integers(1, 100), st.integers(95, 105))
COMMANDS = st.one_of(
    st.tuples(st.just("capture"), st.sampled_from(["s1", "s2", "s3"]), PARTS),
    st.tuples(st.just("void"), st.sampled_from(["v1", "v2", "s1"]), st.none()),
    st.tuples(st.just("other currency"), st.sampled_from(["s1", "s4"]), st.none()),
    st.tuples(st.just("due"), st.integers(0, 8 * 24), st.none()),
    st.tuples(st.just("refuse"), st.none(), st.none()),
    st.tuples(
        st.just("read"),
        st.sampled_from(ProviderStatus),
        st.one_of(st.none(), st.integers(1, 100), st.integers(95, 105)),
    ),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    total=AMOUNTS,
    currency=CURRENCIES,
    action=st.sampled_from(PaymentAction),
    authorized=st.sampled_from([100, 100, 100, 50, 120]),
    steps=st.lists(COMMANDS, max_size=12),
)
def test_any_sequence_keeps_the_books(total, currency, action, authorized, steps):
    """Whatever is asked and read, in any order: entries balance, holds are what they say, none is negative."""
    owed = Money(amount_minor=total, currency=currency)
    story = Story(owed, action)
    hold = max(1, total * authorized // 100)

    def part(percent: int | None) -> int | None:
        return None if percent is None else -(-hold * percent // 100)

    status = ProviderStatus.CAPTURE_REQUESTED if action is PaymentAction.SALE else ProviderStatus.AUTHORIZED
    for kind, what, amount in [("read", status, None), *steps]:
        match kind:
            case "capture":
                minor = part(amount)
                story.ask(Capture(request_id=what, amount=None if minor is None else owed.with_amount(minor)), NOW)
            case "void":
                story.ask(Void(request_id=what), NOW)
            case "other currency":
                story.ask(Capture(request_id=what, amount=Money(amount_minor=1, currency="CHF")), NOW)
                assert story.payment.request(what) is None or story.intent is None or what == "s1"
            case "due":
                story.due(NOW + timedelta(hours=what))
            case "refuse":
                story.refuse()
            case _:
                story.read(
                    ProviderPayment(
                        provider_id="p1",
                        status=what,
                        raw_status=what.value.upper(),
                        reference="main-o1-a01",
                        amount=owed.with_amount(hold),
                        captured_minor=part(amount),
                        release=Release.CONFIRMED if what is ProviderStatus.RELEASED else None,
                    )
                )


@settings(max_examples=100, deadline=None)
@given(total=AMOUNTS, currency=CURRENCIES, amount=st.integers(0, 20_000_000))
def test_a_capture_is_at_most_what_is_held(total, currency, amount):
    """A capture is performed for 1 to what is held; left out, the amount is frozen as all of it."""
    owed = Money(amount_minor=total, currency=currency)
    story = Story(owed, PaymentAction.PRE_AUTHORIZATION)
    reading = ProviderPayment(
        provider_id="p1", status=ProviderStatus.AUTHORIZED, raw_status="PENDING_APPROVAL", reference="r", amount=owed
    )
    story.read(reading)
    decision = decide(story.payment, Capture(request_id="s1", amount=owed.with_amount(amount)), NOW)
    assert isinstance(decision, Perform) == (1 <= amount <= total)
    everything = decide(story.payment, Capture(request_id="s1"), NOW)
    assert isinstance(everything, Perform)
    assert everything.operation.amount == owed


@pytest.mark.parametrize("action", PaymentAction)
def test_the_window_ends_before_the_hold(action):
    """A void at the window's end still finds a hold to release."""
    story = Story(Money(amount_minor=1, currency="EUR"), action)
    opened = story.payment.opened
    assert opened is not None
    assert opened.window_seconds <= opened.hold_seconds - MerchantAccount(name="main").margin_seconds
