# ruff: noqa: ARG002 (a port is implemented as it is)
"""A provider in memory: the port's five kinds of answer on order, and every call and effect counted."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from payments.events import Decline
from payments.money import Money
from payments.provider import (
    AuthorizationRequest,
    CaptureRequest,
    CheckoutRequest,
    OpenedCheckout,
    ProviderCapture,
    ProviderCheckout,
    ProviderError,
    ProviderPayment,
    ProviderRefund,
    Redirect,
    RefundRequest,
    Refused,
    Release,
)
from payments.records import Clock
from payments.references import return_mac_hash
from payments.states import PENDING_STATUSES, ProviderStatus, RefundStatus
from tests.support.pages import Checkout

_NOT_TAKEN = {ProviderStatus.CAPTURE_REJECTED, ProviderStatus.RELEASED}
_ORDER = [ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED, ProviderStatus.COLLECTED]
_SETTLED = {ProviderStatus.CAPTURED, ProviderStatus.COLLECTED}
KEY_LIFE = timedelta(hours=24)
# The account whose payments take several captures.
SEVERAL = "parts"
DECLINED_TOKEN = "token-declined"
DECLINED_FOR_GOOD_TOKEN = "token-stolen"


REDIRECT_TOKEN = "token-redirect"
REVIEW_TOKEN = "token-review"
PENDING_TOKEN = "token-pending"
PENDING_TOKENS = {
    REDIRECT_TOKEN: ProviderStatus.REDIRECTED,
    REVIEW_TOKEN: ProviderStatus.IN_REVIEW,
    PENDING_TOKEN: ProviderStatus.PENDING,
}


def return_mac(provider_id: str) -> str:
    """Return what the customer of a redirected payment brings back."""
    return f"mac-{provider_id}"


def redirect_of(provider_id: str) -> Redirect:
    """Return where the customer of a redirected payment is sent."""
    url = f"https://issuer.example/{provider_id}"
    return Redirect(url=url, return_mac_hash=return_mac_hash(return_mac(provider_id)))


@dataclass
class Fault:
    """What goes wrong; with `effect` everything is done first and only the answer is lost."""

    error: ProviderError
    effect: bool = False


@dataclass(frozen=True)
class Call:
    """One call that reached the provider, or tried to."""

    operation: str
    order_id: str
    at: datetime
    key: str | None = None
    reference: str | None = None


@dataclass
class FakeProvider:
    """Implements `payments.provider.Provider`. Faults and counts are per order, so tests may share one."""

    clock: Clock
    calls: list[Call] = field(default_factory=list)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    payments: dict[str, ProviderPayment] = field(default_factory=dict)
    first_answers: dict[str, ProviderPayment] = field(default_factory=dict)
    after_review: dict[str, ProviderStatus] = field(default_factory=dict)
    """What becomes of an order's payment whose review is accepted; authorized unless said."""
    uncancellable: dict[str, set[ProviderStatus]] = field(default_factory=dict)
    """In which statuses an order's payment cannot be cancelled although it usually could."""
    refunded: dict[str, ProviderRefund] = field(default_factory=dict)
    too_late: set[str] = field(default_factory=set)
    captured: dict[str, list[ProviderCapture]] = field(default_factory=lambda: defaultdict(list))
    """By payment, where it takes several."""
    refunded_of: dict[str, str | None] = field(default_factory=dict)
    """The capture that each refund names, by the refund's reference."""
    checkouts: dict[str, Checkout] = field(default_factory=dict)
    declining: set[str] = field(default_factory=set)
    """Orders whose next authorizations are declined, whatever card."""
    tokens: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What was charged, by order."""
    by_merchant: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    """Whether the customer was away, by order."""
    _orders: dict[str, str] = field(default_factory=dict)
    _keys: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _faults: dict[tuple[str, str], list[Fault]] = field(default_factory=lambda: defaultdict(list))
    _outages: dict[tuple[str, str], Fault] = field(default_factory=dict)

    def once(self, order_id: str, operation: str, *faults: Fault) -> None:
        """Have the next calls of an operation go wrong."""
        self._faults[order_id, operation].extend(faults)

    def outage(self, order_id: str, operation: str, error: ProviderError, *, effect: bool = False) -> None:
        """Have each call of an operation go wrong until `heal`."""
        self._outages[order_id, operation] = Fault(error, effect)

    def heal(self, order_id: str) -> None:
        """End all outages of an order."""
        for place in [p for p in self._outages if p[0] == order_id]:
            del self._outages[place]

    def called(self, order_id: str, operation: str) -> list[Call]:
        """Return the calls of one operation of an order."""
        return [c for c in self.calls if (c.order_id, c.operation) == (order_id, operation)]

    def of_order(self, order_id: str) -> list[ProviderPayment]:
        """Return the payments in the books for an order."""
        return [p for i, p in self.payments.items() if self._orders[i] == order_id]

    def move(self, order_id: str, status: ProviderStatus) -> None:
        """Let time pass at the provider: the order's payment is now `status`."""
        for provider_id in [i for i, order in self._orders.items() if order == order_id]:
            self._set(provider_id, status)

    def set_status(self, provider_id: str, status: ProviderStatus) -> None:
        """Let one payment at the provider be `status` now."""
        self._set(provider_id, status)

    def appear(self, order_id: str, reference: str, amount: Money) -> str:
        """Let a payment appear that was on its way for long: its sender has given it up."""
        provider_id = f"late-{order_id}"
        self._orders[provider_id] = order_id
        self.payments[provider_id] = ProviderPayment(
            provider_id=provider_id,
            status=ProviderStatus.AUTHORIZED,
            raw_status="PENDING_APPROVAL",
            reference=reference,
            amount=amount,
        )
        return provider_id

    def amount_as_sent(self, amount: Money) -> int:
        return amount.amount_minor

    async def authorize(self, request: AuthorizationRequest) -> ProviderPayment:
        order_id, key = request.order.order_id, request.idempotence_key
        with_effect = self._called("authorize", order_id, key=key, reference=request.reference)
        answer = self._create(request)
        with_effect()
        return answer

    async def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        order_id = request.order.order_id
        with_effect = self._called("open_checkout", order_id, reference=request.reference)
        checkout_id = f"checkout-{len(self.checkouts) + 1}"
        page = self.checkouts[checkout_id] = Checkout(checkout_id, request, self.clock.now())
        self.effects[order_id, "open_checkout"] += 1
        with_effect()
        return OpenedCheckout(checkout_id=checkout_id, url=page.url, return_mac_hash=return_mac_hash(page.mac))

    async def read_checkout(self, account: str, checkout_id: str) -> ProviderCheckout:
        page = self.checkouts[checkout_id]
        self._called("read_checkout", page.request.order.order_id)()
        status, payment = page.shown(self.payments)
        return ProviderCheckout(checkout_id=checkout_id, status=status, raw_status=status.value, payment=payment)

    async def close_checkout(self, account: str, checkout_id: str) -> None:
        page = self.checkouts[checkout_id]
        with_effect = self._called("close_checkout", page.request.order.order_id)
        page.deleted = True
        with_effect()

    def pages(self, order_id: str) -> list[Checkout]:
        """Return the pages that were opened for an order."""
        return [page for page in self.checkouts.values() if page.request.order.order_id == order_id]

    def pay(self, page: Checkout, status: ProviderStatus = ProviderStatus.AUTHORIZED, **changes: object) -> str:
        """Have the customer try to pay on a page."""
        assert not page.deleted
        request = page.request
        provider_id = f"{len(self.payments) + 1:010}"
        self._orders[provider_id] = request.order.order_id
        page.attempts.append(provider_id)
        fields = {
            "provider_id": provider_id,
            "status": status,
            "raw_status": status.value,
            "reference": request.reference,
            "amount": request.amount,
            "payment_product": 1,
            "captured_minor": request.amount.amount_minor if status in _ORDER else None,
            **changes,
        }
        self.payments[provider_id] = ProviderPayment.model_validate(fields)
        return provider_id

    async def read(self, account: str, provider_id: str) -> ProviderPayment:
        self._called("read", self._orders[provider_id])()
        payment = self.payments[provider_id]
        return payment.model_copy(update={"redirect": None, "is_refundable": payment.status in _SETTLED})

    async def find(self, account: str, reference: str) -> tuple[ProviderPayment, ...]:
        order_id = reference.removeprefix("main-").rpartition("-")[0]
        self._called("find", order_id, reference=reference)()
        return tuple(p for p in self.payments.values() if p.reference == reference)

    async def capture(self, account: str, provider_id: str, amount: Money) -> ProviderPayment:
        with_effect = self._called("capture", self._orders[provider_id])
        held = self.payments[provider_id].amount
        if held is not None and amount.amount_minor > held.amount_minor:
            raise Refused("400", "more than is held", "amount")
        self._must_be(provider_id, "capture", ProviderStatus.AUTHORIZED)
        before = self.payments[provider_id].captured_minor or 0
        self._set(provider_id, ProviderStatus.CAPTURE_REQUESTED, captured_minor=before + amount.amount_minor)
        with_effect()
        return self.payments[provider_id]

    async def capture_part(self, request: CaptureRequest) -> ProviderCapture:
        provider_id, order_id = request.provider_id, self._orders[request.provider_id]
        with_effect = self._called("capture_part", order_id, reference=request.reference)
        self._must_be(provider_id, "capture_part", ProviderStatus.AUTHORIZED)
        taken = self._take(provider_id, request.amount, request.reference, final=request.is_final)
        with_effect()
        return taken

    def take(self, order_id: str, amount: Money, reference: str | None, *, final: bool = False) -> ProviderCapture:
        """Capture a part of an order's payment, also as somebody in the provider's console would."""
        [provider_id] = [i for i, order in self._orders.items() if order == order_id]
        return self._take(provider_id, amount, reference, final=final)

    def _take(self, provider_id: str, amount: Money, reference: str | None, *, final: bool) -> ProviderCapture:
        parts, payment = self.captured[provider_id], self.payments[provider_id]
        left = payment.amount.amount_minor - sum(p.amount.amount_minor for p in parts if p.status not in _NOT_TAKEN)
        if amount.amount_minor > left:
            raise Refused("400", "more than is held", "amount")
        part = ProviderCapture(
            capture_id=f"{provider_id}-c{len(parts) + 1}",
            status=ProviderStatus.CAPTURE_REQUESTED,
            raw_status="CAPTURE_REQUESTED",
            reference=reference,
            amount=amount,
            is_refundable=False,
        )
        parts.append(part)
        self._total(provider_id, closed=final or amount.amount_minor == left)
        return part

    def _total(self, provider_id: str, *, closed: bool) -> None:
        parts = self.captured[provider_id]
        ever = sum(p.amount.amount_minor for p in parts)
        status = self.payments[provider_id].status
        if closed or status is not ProviderStatus.AUTHORIZED:
            live = [p.status for p in parts if p.status not in _NOT_TAKEN]
            status = min(live, key=_ORDER.index, default=ProviderStatus.CAPTURE_REJECTED)
        self._set(provider_id, status, captured_minor=ever)

    async def captures(self, account: str, provider_id: str) -> tuple[ProviderCapture, ...]:
        self._called("captures", self._orders[provider_id])()
        return tuple(self.captured[provider_id])

    def move_captures(self, order_id: str, status: ProviderStatus, *places: int) -> None:
        """Let time pass at the provider: these of an order's captures, or all, are now `status`."""
        for provider_id in [i for i, order in self._orders.items() if order == order_id]:
            parts = self.captured[provider_id]
            for place in places or range(len(parts)):
                changed = {"status": status, "raw_status": status.value, "is_refundable": status in _SETTLED}
                parts[place] = parts[place].model_copy(update=changed)
            self._total(provider_id, closed=False)

    def forget_captures(self, order_id: str) -> None:
        """Let it turn out that nothing of an order was captured."""
        for provider_id in [i for i, order in self._orders.items() if order == order_id]:
            self.captured[provider_id].clear()
            self._set(provider_id, ProviderStatus.AUTHORIZED, captured_minor=None)

    async def finalize(self, account: str, provider_id: str) -> ProviderPayment:
        with_effect = self._called("finalize", self._orders[provider_id])
        self._must_be(provider_id, "finalize", ProviderStatus.AUTHORIZED)
        self._total(provider_id, closed=True)
        with_effect()
        return self.payments[provider_id]

    async def void(self, account: str, provider_id: str) -> ProviderPayment:
        with_effect = self._called("void", self._orders[provider_id])
        # Like Connect, which cancels a capture that is still queued: whoever voids must know that there is none.
        before = {ProviderStatus.AUTHORIZED, ProviderStatus.CAPTURE_REQUESTED, *PENDING_STATUSES}
        self._must_be(provider_id, "void", *(before - self.uncancellable.get(self._orders[provider_id], set())))
        self._set(provider_id, ProviderStatus.RELEASED, release=Release.CONFIRMED)
        with_effect()
        return self.payments[provider_id]

    async def take_back(self, account: str, provider_id: str) -> ProviderPayment:
        with_effect = self._called("take_back", self._orders[provider_id])
        # Connect publishes no cut-off: `close_queue` sets it.
        if provider_id in self.too_late:
            raise Refused("410110", "it cannot be taken out of the queue any more", wrong_state=True)
        self._must_be(provider_id, "take_back", ProviderStatus.CAPTURE_REQUESTED)
        # The total is cumulative, as with Connect.
        self._set(provider_id, ProviderStatus.AUTHORIZED)
        with_effect()
        return self.payments[provider_id]

    def close_queue(self, order_id: str) -> None:
        """Let the cut-off pass: what is queued for an order stays queued until it is captured."""
        self.too_late |= {i for i, order in self._orders.items() if order == order_id}

    async def accept(self, account: str, provider_id: str) -> ProviderPayment:
        with_effect = self._called("accept", self._orders[provider_id])
        self._must_be(provider_id, "accept", ProviderStatus.IN_REVIEW)
        self._set(provider_id, self.after_review.get(self._orders[provider_id], ProviderStatus.AUTHORIZED))
        with_effect()
        return self.payments[provider_id]

    async def refund(self, request: RefundRequest) -> ProviderRefund:
        order_id = self._orders[request.provider_id]
        with_effect = self._called("refund", order_id, key=request.idempotence_key, reference=request.reference)
        made_at, known = self._keys.get(request.idempotence_key, (None, ""))
        if made_at is None or self.clock.now() - made_at >= KEY_LIFE:
            known = self._refund(request, order_id)
        with_effect()
        return self.refunded[known]

    def _refund(self, request: RefundRequest, order_id: str) -> str:
        payment = self.payments[request.provider_id]
        if payment.status not in _SETTLED:
            raise Refused("410110", "the payment is not refundable", wrong_state=True)
        mine = [r for r in self.refunded.values() if r.refund_id.startswith(request.provider_id)]
        alive = sum(r.amount.amount_minor for r in mine if r.amount and r.status is not RefundStatus.FAILED)
        if alive + request.amount.amount_minor > (payment.captured_minor or 0):
            raise Refused("400", "more than was captured", "amountOfMoney.amount")
        refund_id = f"{request.provider_id}-r{len(mine) + 1}"
        self._keys[request.idempotence_key] = (self.clock.now(), refund_id)
        self.effects[order_id, "refund"] += 1
        self.refunded_of[request.reference] = request.capture_id
        self.refunded[refund_id] = ProviderRefund(
            refund_id=refund_id,
            status=RefundStatus.REQUESTED,
            raw_status="REFUND_REQUESTED",
            reference=request.reference,
            amount=request.amount,
        )
        return refund_id

    async def refunds(self, account: str, provider_id: str) -> tuple[ProviderRefund, ...]:
        self._called("refunds", self._orders[provider_id])()
        return tuple(r for r in self.refunded.values() if r.refund_id.startswith(provider_id))

    def move_refunds(self, order_id: str, status: RefundStatus) -> None:
        """Let time pass at the provider: the order's refunds are now `status`."""
        for refund_id, refund in self.refunded.items():
            if self._orders[refund_id.partition("-")[0]] == order_id:
                changed = {"status": status, "raw_status": status.value}
                self.refunded[refund_id] = refund.model_copy(update=changed)

    async def test_connection(self, account: str) -> None:
        return

    def _called(self, operation: str, order_id: str, key: str | None = None, reference: str | None = None):
        self.calls.append(Call(operation, order_id, self.clock.now(), key, reference))
        waiting = self._faults[order_id, operation]
        fault = waiting.pop(0) if waiting else self._outages.get((order_id, operation))
        if fault is not None and not fault.effect:
            raise fault.error

        def with_effect() -> None:
            if fault is not None:
                raise fault.error

        return with_effect

    def _create(self, request: AuthorizationRequest) -> ProviderPayment:
        made_at, known = self._keys.get(request.idempotence_key, (None, ""))
        if made_at is not None and self.clock.now() - made_at < KEY_LIFE:
            return self.first_answers[known]
        if any(p.reference == request.reference for p in self.payments.values()):
            raise Refused("300620", "this merchant reference exists")
        provider_id = f"{len(self.payments) + 1:010}"
        self.tokens[request.order.order_id].append(request.instruction.token)
        self.by_merchant[request.order.order_id].append(request.by_merchant)
        for_good = request.instruction.token == DECLINED_FOR_GOOD_TOKEN
        declined = for_good or request.instruction.token == DECLINED_TOKEN or request.order.order_id in self.declining
        self._orders[provider_id] = request.order.order_id
        self._keys[request.idempotence_key] = (self.clock.now(), provider_id)
        self.effects[request.order.order_id, "authorize"] += 1
        pending = PENDING_TOKENS.get(request.instruction.token)
        status = ProviderStatus.DECLINED if declined else pending or ProviderStatus.AUTHORIZED
        redirected = pending is ProviderStatus.REDIRECTED
        self.payments[provider_id] = ProviderPayment(
            provider_id=provider_id,
            status=status,
            raw_status=status.value,
            redirect=redirect_of(provider_id) if redirected else None,
            reference=request.reference,
            amount=request.amount,
            several_captures=request.account == SEVERAL and not declined and pending is None,
            authorization_code=None if declined else "OK1131",
            decline=Decline(code="430330", message="Not authorised", may_retry=not for_good) if declined else None,
        )
        self.first_answers[provider_id] = self.payments[provider_id]
        return self.payments[provider_id]

    def _must_be(self, provider_id: str, operation: str, *statuses: ProviderStatus) -> None:
        if self.payments[provider_id].status not in statuses:
            raise Refused("410110", "the payment is in the wrong status")
        self.effects[self._orders[provider_id], operation] += 1

    def _set(self, provider_id: str, status: ProviderStatus, **changes: object) -> None:
        changed = {"status": status, "raw_status": status.value, **changes}
        if status is not ProviderStatus.AUTHORIZED:
            changed["several_captures"] = False
        self.payments[provider_id] = self.payments[provider_id].model_copy(update=changed)
