"""The same story, told by our client and by the official SDK: the same outcomes at each step, the same books."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.contract.parties import DECLINED, DONE, FORBIDDEN, REFUSED, TAKEN, UNKNOWN, Ours, Sdk
from tests.contract.sdk.world import ONE, SEVERAL, World, money, new_name, opened, order
from tests.contract.vendor_schemas import faults

CARDS = (
    *["token-visa-approved"] * 4,
    "token-mastercard-declined",
    "token-visa-capture-rejected",
    "token-visa-refund-declined",
    "token-visa-refund-rejected",
    "token-nobody-has",
)
MODES = ("PRE_AUTHORIZATION", "FINAL_AUTHORIZATION", "SALE")
WAITS = (10, 40, 70, 3600, 31 * 86_400)
FAULTS = ("fail_before", "fail_after", "drop_before", "drop_after", "half_answer")
# What leads on from a status; every step may be anything else as well.
ONWARD = {
    "PENDING_APPROVAL": ("approve", "approve", "cancel"),
    "PENDING_CAPTURE": ("capture", "capture", "capture", "finalizecapture", "cancel"),
    "CAPTURE_REQUESTED": ("advance", "advance", "cancelapproval", "cancel"),
    "CAPTURED": ("refund", "refund", "advance"),
    "PAID": ("refund", "refund", "advance"),
}
STEPS = ("approve", "capture", "finalizecapture", "cancel", "cancelapproval", "refund", "advance", "create")
SHARES = st.sampled_from((100, 100, 50, 30, 101, 1))


class Table:
    """One simulator, both parties at it, on both accounts."""

    def __init__(self, worlds):
        self.merchant = worlds[ONE].merchant
        self.parties = {account: (Ours(self.merchant.url, account), Sdk(worlds[account])) for account in (ONE, SEVERAL)}
        self.met = set()

    def close(self):
        for ours, _ in self.parties.values():
            ours.close()

    def books(self, reference):
        """One payment in the books, without what tells it from the other party's."""
        lines = self.merchant.books(reference)
        own = {"payment_id", "merchant_reference", "created_at"}
        return [{name: value for name, value in line.items() if name not in own} for line in lines]


@pytest.fixture(scope="module")
def table():
    with opened() as worlds:
        made = Table(worlds)
        yield made
        made.close()


class Story:
    """One payment each, taken through the same steps."""

    def __init__(self, table, account, content):
        self.table = table
        self.parties = table.parties[account]
        self.references = [new_name() for _ in self.parties]
        self.contents = [
            {**content, "order": order(content["amount"], merchantReference=reference)} for reference in self.references
        ]
        for each in self.contents:
            del each["amount"]
        self.amount = content["amount"]
        self.keys = 0
        self.ids = [None, None]

    def create(self, fault, *, key):
        """Create, or repeat; the first answer tells the id, or the books do when there was none."""
        outcomes = []
        for party, reference, content in zip(self.parties, self.references, self.contents, strict=True):
            self._order(fault, "payments.create", reference)
            outcomes.append(party.create(content, f"{reference}-{key}"))
        self.ids = [
            lines[0]["payment_id"] if (lines := self.table.merchant.books(reference)) else None
            for reference in self.references
        ]
        self._same(outcomes)

    def step(self, name, fault, *, content=None):
        """One call about the payment, by each party."""
        outcomes = []
        for party, reference, payment_id in zip(self.parties, self.references, self.ids, strict=True):
            self._order(fault, f"payments.{name}", reference)
            arguments = [content] if content is not None else []
            if name == "refund":
                self.keys += 1
                content["refundReferences"] = {"merchantReference": new_name()}
                arguments.append(f"{reference}-refund-{self.keys}")
            outcomes.append(getattr(party, name)(payment_id, *arguments))
        self._same(outcomes)

    def _order(self, fault, operation, reference):
        self.table.merchant.http.delete("/simulator/faults")
        if fault:
            self.table.merchant.fault(fault, operation=operation, merchant_reference_prefix=reference)

    def _same(self, outcomes):
        """The same kind of outcome with the same words, but for the ids."""
        ours, sdk = (_without_id(outcome) for outcome in outcomes)
        assert ours == sdk
        self.table.met.add(ours[0])
        self.check()

    def check(self):
        """The books agree, and so do both clients' readings of both payments."""
        ours, sdk = (self.table.books(reference) for reference in self.references)
        assert ours == sdk
        if self.ids[0] is not None:
            readings = [party.read(payment_id) for party in self.parties for payment_id in self.ids]
            assert all(reading == readings[0] for reading in readings)

    @property
    def status(self):
        (line,) = self.table.books(self.references[0])
        return line["status"]


def _without_id(outcome):
    return outcome[:2] if outcome[0] in {DONE, DECLINED} else outcome


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def play_any_story(table, data):
    """Draw a payment and up to seven steps that lead on from where it stands."""
    card = {
        "token": data.draw(st.sampled_from(CARDS)),
        "authorizationMode": data.draw(st.sampled_from(MODES)),
        "requiresApproval": data.draw(st.sampled_from((True, True, False))),
    }
    amount = data.draw(st.integers(1, 1_000_000))
    content = {"amount": amount, "cardPaymentMethodSpecificInput": card}
    story = Story(table, data.draw(st.sampled_from((ONE, SEVERAL))), content)
    faults = st.sampled_from((None,) * 12 + FAULTS)
    story.create(data.draw(faults), key="first")
    for _ in range(data.draw(st.integers(1, 7))):
        if story.ids[0] is None:
            story.create(None, key="second")
            if story.ids[0] is None:
                return
        name = data.draw(st.sampled_from(ONWARD.get(story.status, ()) * 3 + STEPS))
        share = amount * data.draw(SHARES) // 100
        if name == "advance":
            table.merchant.advance(data.draw(st.sampled_from(WAITS)))
            story.check()
        elif name == "create":
            story.create(data.draw(faults), key=data.draw(st.sampled_from(("first", "other"))))
        else:
            story.step(name, data.draw(faults), content=_asked(data, name, share))


def _asked(data, name, share):
    """The body of a step that has one; our client always says how much."""
    match name:
        case "approve":
            return {"amount": share}
        case "capture":
            return {"amount": max(share, 1), "isFinal": data.draw(st.booleans())}
        case "refund":
            return money(share)
    return None


def test_both_clients_leave_the_same_books(table):
    """Any story has the same outcomes, readings and books by either client; all kinds of outcome were met.

    What our client sent on the way is valid by the vendor's schemas.
    """
    play_any_story(table)
    assert {DONE, DECLINED, REFUSED, TAKEN, UNKNOWN} <= table.met
    sent = [each for ours, _ in table.parties.values() for each in ours.sent]
    assert {name for name, _ in sent} == {
        "CreatePaymentRequest", "ApprovePaymentRequest", "CapturePaymentRequest", "RefundRequest"
    }  # fmt: skip
    assert [fault for name, content in sent for fault in faults(name, content)] == []


def test_both_clients_know_a_wrong_secret(table):
    """Each has a type of its own for credentials that are not accepted."""
    strangers = Ours(table.merchant.url, ONE, secret="another"), Sdk(World(table.merchant, ONE, secret="another"))
    payment_id = f"{'1' * 30}"
    assert [party.cancel(payment_id) for party in strangers] == [(FORBIDDEN,), (FORBIDDEN,)]
    strangers[0].close()
