"""The model's ledger: folds events with the real `evolve` and `postings`, each distinct story kept once."""

from payments.events import AnyEvent, AttentionNeeded, AttentionSettled, OutcomeUnknown
from payments.evolve import evolve
from payments.explore.world import KEY, Asked, Books
from payments.operations import Operation
from payments.parts import Attention, RefundRecord
from payments.payment import Payment
from payments.postings import Account, postings
from payments.states import PaymentState, RefundStage

PLACES = {account: place for place, account in enumerate(Account)}
Change = tuple[PaymentState, str, PaymentState]


class Shelf:
    """Interned books and operations, and which event changed which state into which."""

    def __init__(self) -> None:
        self._books: dict[tuple[Payment, tuple[int, ...], frozenset[tuple[str, str, int]], str | None], Books] = {}
        self._folded: dict[tuple[Books, tuple[AnyEvent, ...]], Books] = {}
        self._asked: dict[Operation, Asked] = {}
        self.changes: set[Change] = set()

    def empty(self) -> Books:
        """Return the books before anything happened."""
        return self._intern(Payment(key=KEY), (0,) * len(PLACES), frozenset(), None)

    def asked(self, operation: Operation) -> Asked:
        """Return the one copy of an operation."""
        return self._asked.setdefault(operation, Asked(operation))

    def write(self, books: Books, events: tuple[AnyEvent, ...]) -> Books:
        """Return the books after a commit of `events`."""
        if not events:
            return books
        found = self._folded.get((books, events))
        if found is None:
            found = self._folded[books, events] = self._write(books, events)
        return found

    def _write(self, books: Books, events: tuple[AnyEvent, ...]) -> Books:
        payment, accounts, told, flaw = books.payment, list(books.accounts), set(books.told), books.flaw
        for event in events:
            # What failed is asked for under another id: nothing more happens to it.
            failed = event.subject in _failed(payment) and not isinstance(event, AttentionNeeded | AttentionSettled)
            if failed:
                flaw = "no_event_happens_twice"
            after = evolve(payment, event)
            if after.state is not payment.state:
                self.changes.add((payment.state, event.kind, after.state))
            payment = after
            entries = postings(event)
            for entry in entries:
                accounts[PLACES[entry.account]] += entry.amount_minor
            if sum(entry.amount_minor for entry in entries):
                flaw = "entries_sum_to_zero"
            if isinstance(event, AttentionNeeded | AttentionSettled):
                continue
            name = (event.kind, event.subject, event.occurrence)
            if name in told:
                flaw = "no_event_happens_twice"
            told.add(name)
        # That an answer was lost matters as long as it is being found out; what happened to a refund, until it fails.
        over = _failed(payment)
        kept = frozenset(
            name for name in told if (name[0] != _UNKNOWN or name[1] == payment.unresolved) and name[1] not in over
        )
        return self._intern(_canonical(payment), tuple(accounts), kept, flaw)

    def _intern(
        self, payment: Payment, accounts: tuple[int, ...], told: frozenset[tuple[str, str, int]], flaw: str | None
    ) -> Books:
        return self._books.setdefault((payment, accounts, told, flaw), Books(payment, accounts, told, flaw))


_UNKNOWN = OutcomeUnknown.model_fields["kind"].default


def _canonical(payment: Payment) -> Payment:
    """Only what is open is ever settled by itself: of the rest it matters that people were told."""
    reviews = {a.in_review for a in payment.authorizations if a.is_pending}
    kept = {"account:main", payment.unresolved, *reviews}
    subjects = sorted({a.subject if a.subject in kept else "something" for a in payment.attention})
    attention = tuple(Attention(subject=subject, sentence="") for subject in subjects)
    requests = tuple(sorted(payment.requests, key=lambda record: record.request_id))
    changes: dict[str, object] = {"sequence": 0, "attention": attention, "requests": requests}
    over = _failed(payment)
    if over:
        # How a refund came to fail makes no difference for what follows: its attempts and references are over.
        changes["refunds"] = tuple(_bare(r) if r.refund_id in over else r for r in payment.refunds)
        changes["references"] = tuple(r for r in payment.references if r.rpartition("-r")[0] not in over)
    return payment.model_copy(update=changes)


def _failed(payment: Payment) -> frozenset[str]:
    return frozenset(r.refund_id for r in payment.refunds if r.stage is RefundStage.FAILED)


def _bare(refund: RefundRecord) -> RefundRecord:
    """A failed refund without its attempts."""
    return refund.model_copy(
        update={"attempt": 0, "reference": None, "provider_refund_id": None, "not_before": None, "reason": None}
    )
