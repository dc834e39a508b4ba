"""Several captures of one authorization, over random shipments, answers and rejections: the rules of money hold."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from payments.capturing import capture_events, follow_captures, has_moved, unknown_captures
from payments.commands import Capture, Void
from payments.conclude import events_of, refused_events
from payments.decide import Perform, Refuse, capture_intended, decide
from payments.events import AnyEvent, AuthorizationIntended, Authorized, Opened
from payments.evolve import evolve
from payments.methods import PaymentAction
from payments.money import Money
from payments.operations import Intent, OperationKind
from payments.payment import Payment
from payments.postings import Account, postings
from payments.provider import ProviderCapture, ProviderPayment
from payments.references import PaymentKey, idempotence_key, operation_id
from payments.states import CaptureStage, PaymentState, ProviderStatus
from payments.view import view_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOLD = "main/o1/authorize/@start"
TAKEN = {CaptureStage.REQUESTED, CaptureStage.CAPTURED, CaptureStage.COLLECTED}
GONE = {ProviderStatus.CAPTURE_REJECTED}


def eur(amount: int) -> Money:
    return Money(amount_minor=amount, currency="EUR")


class Books:
    """One authorized payment, and what the provider has of it."""

    def __init__(self, owed: int, held: int) -> None:
        self.payment = Payment(key=PaymentKey(order_id="o1"))
        self.held, self.owed, self.takes_more = held, owed, True
        self.captures: list[ProviderCapture] = []
        self.accounts = dict.fromkeys(Account, 0)
        opened = Opened(
            subject="main/o1",
            owed=eur(owed),
            digest="d",
            account="main",
            action=PaymentAction.PRE_AUTHORIZATION,
            hold_seconds=604_800,
            window_seconds=500_000,
        )
        intended = AuthorizationIntended(subject=HOLD, attempt=1, reference="main-o1-a01", amount_minor=owed)
        authorized = Authorized(
            subject=HOLD,
            amount_minor=held,
            provider_id="p1",
            authorization_code=None,
            authorized_at=NOW,
            several_captures=True,
        )
        self.write((opened, intended, authorized))

    def write(self, events: tuple[AnyEvent, ...]) -> None:
        for event in events:
            self.payment = evolve(self.payment, event)
            entries = postings(event)
            assert sum(entry.amount_minor for entry in entries) == 0
            for entry in entries:
                self.accounts[entry.account] += entry.amount_minor
        hold = self.payment.authorization
        if hold is not None:
            parts = (hold.open_minor, hold.reserved_minor, hold.lapsing_minor)
            booked = (Account.HOLD_OPEN, Account.HOLD_RESERVED, Account.HOLD_LAPSING)
            assert parts == tuple(self.accounts[account] for account in booked)
            assert min(parts) >= 0
            taken = sum(c.amount_minor for c in self.payment.captures if c.stage in TAKEN)
            assert taken + sum(parts) <= hold.amount_minor
        assert self.payment.captured_minor <= self.owed

    @property
    def live(self) -> int:
        return sum(c.amount.amount_minor for c in self.captures if c.status not in GONE)

    def reading(self) -> ProviderPayment:
        live = [c.status for c in self.captures if c.status not in GONE]
        order = [ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED, ProviderStatus.COLLECTED]
        closed = min(live, key=order.index, default=ProviderStatus.CAPTURE_REJECTED)
        return ProviderPayment(
            provider_id="p1",
            status=ProviderStatus.AUTHORIZED if self.takes_more else closed,
            raw_status="x",
            reference="main-o1-a01",
            amount=eur(self.held),
            captured_minor=sum(c.amount.amount_minor for c in self.captures) or None,
            several_captures=self.takes_more,
        )

    def ask(self, command: Capture | Void, *, refused: bool) -> None:
        decision = decide(self.payment, command, NOW)
        if not isinstance(decision, Perform):
            assert isinstance(decision, Refuse) or self.payment.request(command.request_id) or self.live == 0
            return
        operation = decision.operation
        intent = Intent(
            operation=operation,
            idempotence_key=idempotence_key("main", operation.operation_id, 1),
            reference=f"main-o1-c{len(self.payment.captures) + 1:02d}",
            amount_as_sent=operation.amount.amount_minor,
            created_at=NOW,
            first_sent_at=NOW,
            last_sent_at=NOW,
        )
        is_capture = operation.kind is OperationKind.CAPTURE
        self.write(capture_intended(intent, decision.events) if is_capture else decision.events)
        if refused:
            self.write(refused_events(self.payment, intent, "400", "no"))
        elif is_capture:
            self.capture(intent, is_final=operation.is_final)
        else:
            assert operation.kind is (OperationKind.FINALIZE if self.live else OperationKind.VOID)
            self.takes_more = False
            answer = self.reading()
            if operation.kind is OperationKind.VOID:
                answer = answer.model_copy(update={"status": ProviderStatus.RELEASED})
            self.write(events_of(self.payment, intent, answer))

    def capture(self, intent: Intent, *, is_final: bool) -> None:
        amount = intent.operation.amount
        assert self.takes_more
        assert 0 < amount.amount_minor <= self.held - self.live
        made = ProviderCapture(
            capture_id=f"k{len(self.captures)}",
            status=ProviderStatus.CAPTURE_REQUESTED,
            raw_status="CAPTURE_REQUESTED",
            reference=intent.reference,
            amount=amount,
        )
        self.captures.append(made)
        self.takes_more = not is_final and self.live < self.held
        self.write(capture_events(self.payment, intent, (made,), is_open=True))

    def move(self, place: int, status: ProviderStatus) -> None:
        if place < len(self.captures) and self.captures[place].status not in GONE:
            self.captures[place] = self.captures[place].model_copy(update={"status": status})

    def follow(self) -> None:
        for _ in range(3):
            self.write(follow_captures(self.payment, self.reading(), self.captures))


REQUESTS = st.sampled_from([f"s{n}" for n in range(6)])
SHIPMENTS = st.builds(
    Capture,
    request_id=REQUESTS,
    amount=st.none() | st.integers(0, 60).map(eur),
    final=st.booleans(),
)
STEPS = st.one_of(
    st.tuples(st.just("ask"), SHIPMENTS | st.builds(Void, request_id=REQUESTS), st.booleans()),
    st.tuples(st.just("move"), st.integers(0, 5), st.sampled_from([ProviderStatus.COLLECTED, *GONE])),
    st.tuples(st.just("follow")),
)


@given(st.integers(1, 100), st.integers(1, 120), st.lists(STEPS, max_size=15))
def test_what_is_captured_is_what_was_shipped(owed, held, steps):
    """Whatever is shipped, refused or rejected, captures equal what the provider has, within hold and order."""
    books = Books(owed, held)
    for step in steps:
        match step:
            case ("ask", command, refused):
                books.ask(command, refused=refused and len(books.captures) % 2 == 1)
            case ("move", place, status):
                books.move(place, status)
            case _:
                books.follow()
    books.follow()
    payment = books.payment
    booked = {c.provider_capture_id: c for c in payment.captures if c.provider_capture_id is not None}
    assert len(booked) == len(books.captures)
    for capture in books.captures:
        assert booked[capture.capture_id].amount_minor == capture.amount.amount_minor
    assert payment.captured_minor <= min(owed, held)
    assert unknown_captures(payment, books.captures) == ()
    assert not has_moved(payment, HOLD, books.reading())
    assert view_of(payment).amounts is not None


def test_equal_shipments_are_two_captures():
    """The same amount under another id is another shipment; the same id is the same one."""
    books = Books(100, 100)
    for request_id in ("s1", "s2", "s1"):
        books.ask(Capture(request_id=request_id, amount=eur(40)), refused=False)
    assert [c.amount.amount_minor for c in books.captures] == [40, 40]
    assert books.payment.state is PaymentState.PARTIALLY_CAPTURED
    assert decide(books.payment, Capture(request_id="s3", amount=eur(21)), NOW).refusal.code == "amount_above_hold"


def test_all_that_is_left_is_a_number_and_final():
    """No amount means all that is left: frozen as a number, and nothing follows."""
    books = Books(100, 100)
    books.ask(Capture(request_id="s1", amount=eur(30)), refused=False)
    decision = decide(books.payment, Capture(request_id="s2"), NOW)
    assert (decision.operation.amount, decision.operation.is_final) == (eur(70), True)
    later = NOW + timedelta(seconds=500_001)
    assert decide(books.payment, Capture(request_id="s2"), later).refusal.code == "window_ended"


def test_a_stored_story_of_a_single_capture_folds_as_before():
    """Events that were stored before payments took several captures say nothing of it, and mean one."""
    stored = {"kind": "authorized", "subject": HOLD, "amount_minor": 5, "provider_id": "p", "authorization_code": None}
    event = Authorized.model_validate({**stored, "authorized_at": NOW})
    assert event.several_captures is False
    assert operation_id(PaymentKey(order_id="o1"), "authorize", "@start") == HOLD
