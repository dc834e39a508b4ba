"""Paying on a hosted page of a real simulator: cards, a bank, a challenge, declines, second thoughts, lost answers."""

import asyncio

import pytest

from payments.methods import LateSuccess, PaymentAction
from payments.order import Address
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.shoppers import DECLINED, on_a_page, pays_by_card, shop
from tests.support.witnesses import collected, held, operations, prefix, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

DUTCH = Address(country_code="NL", city="Utrecht")
SEVERAL_TRIES = 2


async def sent_away(payments, order, **more) -> str:
    """Start an order's payment, and return where its customer is sent."""
    while True:
        answer = await payments.authorize(order, on_a_page(**more), patience_seconds=10)
        if answer.result is AuthorizationResult.REDIRECT:
            return answer.redirect_url
        assert answer.result in {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN}, answer


async def test_by_card_to_its_end(payments, witnesses, new_order):
    """Sent away, paid, back in the shop, authorized, shipped, collected; and who brings the mac is answered at once."""
    order = new_order()
    url = await sent_away(payments, order, show_result_page=False)
    back = await shop(url, pays_by_card())
    answer = await payments.customer_returned(order.key, back["RETURNMAC"])
    assert answer.result is AuthorizationResult.AUTHORIZED
    view = await witnesses.until(order, PaymentState.AUTHORIZED)
    assert (view.payment_product.id, view.payment_product.name) == (1, "Visa")
    await witnesses.agree_on(order, held(order))
    await payments.capture(order.key, request_id="s1")
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))
    assert await witnesses.effects(order) == ["hostedcheckouts.create", "payments.approve"]


async def test_by_bank_as_a_sale(payments, witnesses, new_order):
    """IDEAL knows no hold: the sale is taken at the customer's bank, and told with its product."""
    order = new_order(currency="EUR", billing_address=DUTCH)
    url = await sent_away(payments, order, action=PaymentAction.SALE, restrict_to=(809,), show_result_page=False)

    def at_the_bank(customer) -> None:
        customer.press("Continue to your bank", bank="INGBNL2A")
        customer.press("Confirm payment")

    assert await shop(url, at_the_bank) is not None
    view = await witnesses.until(order, PaymentState.COLLECTED)
    assert (view.payment_product.name, view.attention) == ("iDEAL", ())
    await witnesses.agree_on(order, collected(order))


async def test_challenged_on_the_page(payments, witnesses, new_order):
    """The issuer's challenge is part of the page's own way: only its end is told."""
    order = new_order()
    url = await sent_away(payments, order)

    def challenged(customer) -> None:
        pays_by_card(number="4000000030020004")(customer)
        customer.press("Confirm", code="1234")

    await shop(url, challenged)
    await witnesses.until(order, PaymentState.AUTHORIZED)
    await payments.void(order.key, request_id="v")
    await witnesses.agree_on(order, released(order))


async def test_declined_then_paid_on_the_same_page(payments, witnesses, new_order):
    """A declined customer tries another card; both are told, one is held."""
    order = new_order()
    url = await sent_away(payments, order)
    await shop(url, pays_by_card(**DECLINED))
    await asyncio.sleep(1.5)
    await shop(url, pays_by_card())
    await witnesses.until(order, PaymentState.AUTHORIZED)
    books = await witnesses.simulator.books(prefix(order))
    assert max(line.authorized for line in books) == order.total.amount_minor
    assert len(books) == SEVERAL_TRIES
    await payments.void(order.key, request_id="v")


async def test_a_customer_who_cancels(payments, witnesses, new_order):
    """Cancelled on the page: closed at the provider, and nothing is held."""
    order = new_order()
    url = await sent_away(payments, order)
    await shop(url, lambda customer: customer.press("Cancel and return to shop.example"))
    view = await witnesses.until(order, PaymentState.ABANDONED)
    assert view.reason == "customer_cancelled"
    assert await witnesses.simulator.books(prefix(order)) == []
    assert "hostedcheckouts.delete" in await witnesses.effects(order)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_before", "fail_after", "half_answer", "slow"])
async def test_a_lost_address_makes_another_page(payments, witnesses, new_order, fault):
    """Whatever became of the first page, the customer is sent to one whose address is known, and pays once."""
    order = new_order()
    where = {"operation": "hostedcheckouts.create", "merchant_reference_prefix": prefix(order)}
    await witnesses.simulator.fault(fault=fault, **where, **({"seconds": 2.6} if fault == "slow" else {}))
    url = await sent_away(payments, order)
    await shop(url, pays_by_card())
    view = await witnesses.until(order, PaymentState.AUTHORIZED)
    assert view.merchant_reference.endswith("a02")
    await payments.void(order.key, request_id="v")
    await witnesses.agree_on(order, released(order))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_before", "fail_after"])
@pytest.mark.parametrize("operation", ["hostedcheckouts.get", "hostedcheckouts.delete", "payments.find"])
async def test_an_order_cancelled_at_any_moment(payments, witnesses, new_order, operation, fault):
    """A void closes the page whatever is lost meanwhile; nobody can pay there after it."""
    order = new_order()
    url = await sent_away(payments, order)
    where = {"operation": operation, "merchant_reference_prefix": prefix(order)}
    await witnesses.simulator.fault(fault=fault, **where)
    await payments.void(order.key, request_id="v", patience_seconds=0)
    view = await witnesses.until(order, PaymentState.ABANDONED)
    assert view.reason == "cancelled"

    def finds_it_closed(customer) -> None:
        assert customer.answer.status_code == 410

    await shop(url, finds_it_closed)
    assert await witnesses.simulator.books(prefix(order)) == []


async def test_cancelled_while_its_customer_pays(payments, witnesses, new_order):
    """Paid a moment before the order is cancelled: the void is answered as done, and the hold is released."""
    order = new_order()
    url = await sent_away(payments, order)
    where = {"operation": "hostedcheckouts.get", "merchant_reference_prefix": prefix(order)}
    await witnesses.simulator.fault(fault="fail_before", count=3, **where)
    await shop(url, pays_by_card())
    answer = await payments.void(order.key, request_id="v")
    while answer.result is CommandResult.PENDING:
        answer = await payments.void(order.key, request_id="v")
    assert answer.result is CommandResult.DONE
    await witnesses.until(order, PaymentState.VOIDED)
    await witnesses.agree_on(order, released(order))


@pytest.mark.parametrize("late", list(LateSuccess))
async def test_still_at_the_bank_when_the_page_closes(payments, witnesses, new_order, late):
    """A challenge that is never answered is given up with its page: nothing is held, and the order is not paid."""
    order = new_order()
    url = await sent_away(payments, order, late_success=late, redirect_window_seconds=60)
    await shop(url, pays_by_card(number="4000000030020004"))
    answer = await payments.void(order.key, request_id="v", patience_seconds=10)
    assert answer.result in {CommandResult.DONE, CommandResult.PENDING}
    await witnesses.until(order, PaymentState.ABANDONED)
    [line] = await witnesses.simulator.books(prefix(order))
    assert line.status == "CANCELLED"


async def test_direct_debits_are_not_offered(payments, witnesses, new_order):
    """What holds nothing is not on the page, whatever the account has."""
    order = new_order(currency="EUR", billing_address=DUTCH)
    url = await sent_away(payments, order)
    seen: list[str] = []
    await shop(url, lambda customer: seen.extend(customer.page.links))
    assert {"Card", "iDEAL"} <= set(seen)
    assert not any("SEPA" in link for link in seen)
    await payments.void(order.key, request_id="v", patience_seconds=0)
    await witnesses.until(order, PaymentState.ABANDONED)
    assert operations(await witnesses.log(order))[0] == "hostedcheckouts.create"
