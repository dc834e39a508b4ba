"""Captures over several holds: they equal what was shipped, and never exceed a hold or what the order owes."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.accounts import Account as MerchantAccount
from payments.advance import numbered
from payments.capturing import capture_events
from payments.commands import Capture, ChangeOrder, Refund, Retry, Void
from payments.conclude import events_of, refused_events
from payments.decide import (
    Perform,
    Record,
    capture_intended,
    decide,
    decide_authorization,
    decide_due,
    further_intended,
    intended,
    open_payment,
    refund_intended,
    terms_of,
    unresolved_operation,
)
from payments.events import AnyEvent, Decline, Declined
from payments.evolve import evolve
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.operations import Intent, OperationKind
from payments.order import Address, Customer, Order
from payments.parts import LIVE_CAPTURE_STAGES
from payments.payment import Payment
from payments.postings import postings
from payments.provider import ProviderCapture, ProviderPayment, ProviderRefund
from payments.refunding import refund_events
from payments.states import CaptureStage, PaymentState, ProviderStatus, Purpose, RefundStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CARD = PaymentInstruction(token="t")
ACCOUNT = MerchantAccount(name="main", honours_pre_authorization=True)
ANSWERS = st.sampled_from(["yes", "yes", "yes", "no"])


def euros(amount: int) -> Money:
    return Money(amount_minor=amount, currency="EUR")


class Shop:
    """One order and its provider: each of its payments has what was held and captured of it."""

    def __init__(self, total: int, *, several: bool) -> None:
        order = Order(
            order_id="o1",
            total=euros(total),
            customer=Customer(customer_id="c1"),
            billing_address=Address(country_code="FR"),
        )
        self.now = NOW
        self.payment = Payment(key=order.key)
        self.held: dict[str, int] = {}
        self.captured: Counter[str] = Counter()
        self.closed: set[str] = set()
        self.refunded: list[tuple[str, str | None]] = []
        self.several = several
        self.sent = 0
        opened = open_payment(order, CARD, ACCOUNT, "d")
        operation = decide_authorization(opened, self.payment).operation
        intent = self.intent_of(operation)
        self.write((opened, intended(intent, CARD.fingerprint(str(order.key)))))
        self.answer(intent, "yes")

    def intent_of(self, operation) -> Intent:
        self.sent += 1
        return Intent(
            operation=operation,
            idempotence_key=f"{self.sent:040}",
            reference=f"main-o1-c{self.sent:02}",
            amount_as_sent=operation.amount.amount_minor,
            created_at=self.now,
            first_sent_at=self.now,
            last_sent_at=self.now,
        )

    def write(self, events: tuple[AnyEvent, ...]) -> None:
        for event in numbered(self.payment, events):
            self.payment = evolve(self.payment, event)
            assert sum(entry.amount_minor for entry in postings(event)) == 0
            self.check()

    def check(self) -> None:
        payment = self.payment
        for hold in payment.authorizations:
            live = payment.live_captures(hold.authorization_id)
            taken = sum(c.amount_minor for c in live if c.stage not in {CaptureStage.PLANNED, CaptureStage.INTENDED})
            assert min(hold.open_minor, hold.reserved_minor, hold.lapsing_minor) >= 0
            assert taken + hold.held_minor <= hold.amount_minor
            planned = sum(c.amount_minor for c in live if c.stage is CaptureStage.PLANNED)
            assert planned <= hold.open_minor
        assert payment.captured_minor <= payment.owed_minor
        for provider_id, amount in self.captured.items():
            assert amount <= self.held[provider_id]

    def ask(self, command, answers) -> object:
        """Give a command, and do all that follows from it; `answers` says what the provider answers in turn."""
        decision = decide(self.payment, command, self.now)
        if isinstance(decision, Record):
            self.write(decision.events)
        elif isinstance(decision, Perform):
            self.perform(decision, answers())
        for _ in range(20):
            due = decide_due(self.payment, self.now)
            if due is None:
                break
            if isinstance(due, Record):
                self.write(due.events)
            else:
                self.perform(due, answers())
        return decision

    def perform(self, asked: Perform, answer: str) -> None:
        intent = self.intent_of(asked.operation)
        events = asked.events
        if asked.operation.kind is OperationKind.AUTHORIZE:
            events = further_intended(intent, events, terms_of(CARD, ACCOUNT), "m")
        elif asked.operation.kind is OperationKind.REFUND:
            events = (refund_intended(intent),)
        elif asked.operation.one_of_several:
            events = capture_intended(intent, events)
        self.write(events)
        named = unresolved_operation(self.payment)
        assert named is not None
        assert (named.operation_id, named.amount, named.authorization_id) == (
            asked.operation.operation_id,
            asked.operation.amount,
            asked.operation.authorization_id,
        )
        self.answer(intent, answer)

    def answer(self, intent: Intent, answer: str) -> None:
        operation = intent.operation
        if answer == "no" and operation.kind is OperationKind.AUTHORIZE:
            self.write(
                (Declined(subject=operation.operation_id, decline=Decline(code="1", message="no"), provider_id=None),)
            )
        elif answer == "no" and operation.kind is not OperationKind.REFUND:
            self.write(refused_events(self.payment, intent, "400", "no"))
        else:
            self.accept(intent)

    def accept(self, intent: Intent) -> None:
        operation, amount = intent.operation, intent.operation.amount.amount_minor
        paid = operation.provider_id or ""
        match operation.kind:
            case OperationKind.AUTHORIZE:
                paid = f"p{len(self.held)}"
                self.held[paid] = amount
                self.write(events_of(self.payment, intent, self.reading(paid, ProviderStatus.AUTHORIZED, amount)))
            case OperationKind.CAPTURE:
                assert paid not in self.closed
                self.captured[paid] += amount
                if not operation.one_of_several or operation.is_final:
                    self.closed.add(paid)
                self.write(self.captured_events(intent, paid, amount))
            case OperationKind.VOID | OperationKind.FINALIZE:
                assert operation.kind is OperationKind.FINALIZE or not self.captured[paid]
                self.closed.add(paid)
                status = ProviderStatus.CAPTURED if self.captured[paid] else ProviderStatus.RELEASED
                self.write(events_of(self.payment, intent, self.reading(paid, status, 0)))
            case OperationKind.REFUND:
                self.refunded.append((paid, operation.provider_capture_id))
                done = ProviderRefund(
                    refund_id=f"r{self.sent}",
                    status=RefundStatus.REFUNDED,
                    raw_status="REFUNDED",
                    reference=intent.reference,
                    amount=operation.amount,
                )
                self.write(refund_events(self.payment, operation.operation_id, done))

    def captured_events(self, intent: Intent, paid: str, amount: int) -> tuple[AnyEvent, ...]:
        if not intent.operation.one_of_several:
            reading = self.reading(paid, ProviderStatus.CAPTURED, self.held[paid], captured_minor=amount)
            return events_of(self.payment, intent, reading)
        made = ProviderCapture(
            capture_id=f"{paid}-{intent.reference}",
            status=ProviderStatus.CAPTURED,
            raw_status="CAPTURED",
            reference=intent.reference,
            amount=euros(amount),
        )
        return capture_events(self.payment, intent, (made,), is_open=paid not in self.closed)

    def reading(self, paid: str, status: ProviderStatus, amount: int, **more: object) -> ProviderPayment:
        return ProviderPayment(
            provider_id=paid,
            status=status,
            raw_status=status.name,
            reference=None,
            amount=euros(amount),
            several_captures=self.several and status is ProviderStatus.AUTHORIZED,
            **more,
        )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(1, 400)),
        st.tuples(st.just("ship"), st.integers(1, 150)),
        st.tuples(st.just("wait"), st.integers(1, 72)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(total=st.integers(1, 300), several=st.booleans(), steps=STEPS, last=st.booleans(), data=st.data())
def test_captures_equal_what_was_shipped(total, several, steps, last, data):
    """Over random edits, shipments and answers each shipment's parts sum to it, and no hold gives more than it has."""
    shop = Shop(total, several=several)
    shipped: dict[str, int] = {}

    def answers() -> str:
        return data.draw(ANSWERS)

    for number, (what, amount) in enumerate(steps):
        if what == "wait":
            shop.now += timedelta(hours=amount)
            continue
        if what == "edit":
            shop.ask(ChangeOrder(request_id=f"e{number}", total=euros(amount)), answers)
            continue
        name = f"s{number}"
        if isinstance(shop.ask(Capture(request_id=name, amount=euros(amount)), answers), Perform):
            shipped[name] = amount
    before = shop.payment.captured_minor
    if last and isinstance(shop.ask(Capture(request_id="rest", final=True), lambda: "yes"), Perform):
        shipped["rest"] = shop.payment.captured_minor - before
        assert not any(shop.payment.free_minor(hold) for hold in shop.payment.authorizations)
    for name, amount in shipped.items():
        parts = shop.payment.part_captures(f"main/o1/capture/{name}")
        assert sum(part.amount_minor for part in parts) == amount
        assert len({part.authorization_id for part in parts}) == len(parts)
    taken = sum(c.amount_minor for c in shop.payment.captures if c.stage in LIVE_CAPTURE_STAGES)
    assert taken == sum(shop.captured.values())
    assert shop.payment.unresolved is None


@settings(max_examples=100, deadline=None)
@given(more=st.integers(1, 100), several=st.booleans())
def test_a_refund_goes_back_where_its_capture_came_from(more, several):
    """Each part of a shipment is refunded at the payment that it was captured of."""
    shop = Shop(100, several=several)
    shop.ask(ChangeOrder(request_id="e1", total=euros(100 + more)), lambda: "yes")
    shop.ask(Capture(request_id="s1"), lambda: "yes")
    assert [c.amount_minor for c in shop.payment.captures] == [100, more]
    for capture in shop.payment.captures:
        shop.ask(Refund(request_id=f"r-{capture.amount_minor}", capture_id=capture.capture_id), lambda: "yes")
        if more == 100:
            break
    paid = [payment_id for payment_id, _ in shop.refunded]
    assert paid == ["p0", "p1"][: len(paid)]
    assert len(paid) == (1 if more == 100 else 2)
    if several:
        assert [capture_id for _, capture_id in shop.refunded] == [
            c.provider_capture_id for c in shop.payment.captures
        ][: len(paid)]


@settings(max_examples=100, deadline=None)
@given(edits=st.lists(st.integers(101, 400), max_size=4), several=st.booleans(), shipped=st.booleans())
def test_a_void_leaves_nothing_held(edits, several, shipped):
    """However often an order was edited up, one void lets go of every hold, and of no capture."""
    shop = Shop(100, several=several)
    for number, total in enumerate(edits):
        shop.ask(ChangeOrder(request_id=f"e{number}", total=euros(total)), lambda: "yes")
    if shipped:
        shop.ask(Capture(request_id="s1", amount=euros(60)), lambda: "yes")
    captured = dict(shop.captured)
    shop.ask(Void(request_id="v1"), lambda: "yes")
    assert not any(hold.open_minor for hold in shop.payment.authorizations)
    assert dict(shop.captured) == captured


def test_a_release_that_is_refused_is_not_asked_for_again():
    """Planned releases are answered once each; what was refused stands until it ends, and people are told."""
    shop = Shop(100, several=False)
    shop.ask(ChangeOrder(request_id="e1", total=euros(130)), lambda: "yes")
    shop.ask(ChangeOrder(request_id="e2", total=euros(90)), lambda: "no")
    assert shop.payment.attention
    supplementary = shop.payment.authorizations[1]
    assert (supplementary.purpose, supplementary.open_minor) == (Purpose.SUPPLEMENTARY, 30)
    assert decide_due(shop.payment, shop.now) is None


def test_another_card_pays_after_a_decline():
    """In the core alone: the second try is the one that counts, and is captured."""
    shop = Shop(100, several=False)
    assert shop.payment.state is PaymentState.AUTHORIZED
    refused = decide(shop.payment, Retry(request_id="r1", payment=CARD), shop.now)
    assert refused.refusal.code == "nothing_to_retry"
