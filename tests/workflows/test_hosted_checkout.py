"""Paying on a page of the provider's: opened, tried, paid, left, closed, and every answer that may be lost."""

from datetime import timedelta

import pytest

from payments.events import Decline
from payments.hosted_checkout import HostedCheckout
from payments.methods import LateSuccess, PaymentAction, PaymentInstruction
from payments.provider import CheckoutStatus, OutcomeUnknown, Refused, Unavailable
from payments.states import PaymentState, ProviderStatus
from payments.view import AuthorizationResult, CommandResult
from tests.support.provider import Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = OutcomeUnknown("the connection was reset")
STEP = timedelta(seconds=20)
WINDOW = 1800
NO = Decline(code="430330", message="Not authorised")


def on_a_page(**more) -> PaymentInstruction:
    fields = {"redirect_window_seconds": WINDOW, **more}
    return PaymentInstruction(hosted_checkout=HostedCheckout(return_url="https://shop.example/back"), **fields)


async def opened(bench, order, **more):
    """Start an order's payment, and return the page that its customer is sent to."""
    answer = await bench.payments.authorize(order, on_a_page(**more))
    assert (answer.result, answer.state) == (AuthorizationResult.REDIRECT, PaymentState.REDIRECTED)
    [page] = bench.provider.pages(order.order_id)
    assert answer.redirect_url == page.url
    return page


async def test_a_customer_pays_on_the_page(skipping, new_order):
    """The page's address is answered; the payment that comes of it is adopted, told with its product, and captured."""
    order = new_order()
    page = await opened(skipping, order)
    skipping.provider.pay(page, authorization_code="OK77")
    view = await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    assert (view.authorization_code, view.payment_product.name) == ("OK77", "Visa")
    assert view.transaction_id == page.attempts[-1]
    answer = await skipping.payments.authorize(order, on_a_page())
    assert (answer.result, answer.redirect_url) == (AuthorizationResult.AUTHORIZED, None)
    done = await skipping.payments.capture(order.key, request_id="s1")
    assert done.result is CommandResult.DONE
    told = "".join(event.model_dump_json() for event in await skipping.story(order.key))
    assert page.url not in told
    assert page.mac not in told


async def test_a_declined_customer_tries_again_on_the_page(skipping, new_order):
    """A decline on the page ends nothing: the next try pays, and both are told of."""
    order = new_order()
    page = await opened(skipping, order)
    skipping.provider.pay(page, ProviderStatus.DECLINED, decline=NO, amount=order.total)
    await skipping.pass_time(timedelta(minutes=10))
    assert (await skipping.payments.view(order.key)).state is PaymentState.REDIRECTED
    skipping.provider.pay(page)
    view = await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    assert view.decline is None
    assert "checkout_declined" in await skipping.kinds(order.key)


async def test_a_sale_on_the_page_is_captured_at_once(skipping, new_order):
    """A bank's service knows no hold: with a sale asked for, what it took is booked, and nobody has to look."""
    order = new_order(currency="EUR")
    page = await opened(skipping, order, action=PaymentAction.SALE)
    skipping.provider.pay(page, ProviderStatus.CAPTURE_REQUESTED, payment_product=809)
    view = await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED, step=STEP)
    assert (view.payment_product.id, view.payment_product.name, view.attention) == (809, "iDEAL", ())


async def test_nobody_pays_and_the_page_is_closed(skipping, new_order):
    """After the window the page is deleted at the provider; nothing paid is believed after two looks, spaced apart."""
    order = new_order()
    page = await opened(skipping, order)
    view = await skipping.until(order.key, PaymentState.ABANDONED, step=timedelta(minutes=1))
    assert page.deleted
    assert view.reason == "customer_did_not_return"
    looks = skipping.provider.called(order.order_id, "find")
    assert (looks[1].at - looks[0].at).total_seconds() >= 30
    assert looks[0].at >= page.opened_at + timedelta(seconds=WINDOW)
    answer = await skipping.payments.authorize(order, on_a_page())
    assert answer.result is AuthorizationResult.DECLINED
    assert view.amounts.authorized.amount_minor == 0


async def test_whoever_was_declined_and_left_is_told_why(skipping, new_order):
    """A page that ends after a decline ends as that decline."""
    order = new_order()
    page = await opened(skipping, order)
    skipping.provider.pay(page, ProviderStatus.DECLINED, decline=NO, amount=order.total)
    view = await skipping.until(order.key, PaymentState.DECLINED, step=timedelta(minutes=1))
    assert view.decline == NO
    assert page.deleted


async def test_a_customer_who_cancels_is_believed_after_a_last_look(skipping, new_order):
    """Cancelled on the page: it is closed at once, long before the window ends."""
    order = new_order()
    page = await opened(skipping, order)
    page.status = CheckoutStatus.CANCELLED
    view = await skipping.until(order.key, PaymentState.ABANDONED, step=STEP)
    assert view.reason == "customer_cancelled"
    assert skipping.clock.at < page.opened_at + timedelta(seconds=WINDOW)


@pytest.mark.parametrize("late", list(LateSuccess))
async def test_paid_in_the_last_moment(skipping, new_order, late):
    """Paid after the last look and before the page is closed: by the order's rule it counts, or it is released."""
    order = new_order()
    page = await opened(skipping, order, late_success=late)
    skipping.provider.outage(order.order_id, "read_checkout", Unavailable("away"))
    await skipping.pass_time(timedelta(seconds=WINDOW - 60))
    skipping.provider.pay(page)
    await skipping.pass_time(timedelta(seconds=90))
    skipping.provider.heal(order.order_id)
    expected = PaymentState.AUTHORIZED if late is LateSuccess.KEEP else PaymentState.VOIDED
    view = await skipping.until(order.key, expected, step=STEP)
    assert page.deleted
    assert view.attention == ()
    assert skipping.provider.effects[order.order_id, "void"] == (0 if late is LateSuccess.KEEP else 1)
    answer = await skipping.payments.authorize(order, on_a_page(late_success=late))
    kept = late is LateSuccess.KEEP
    assert answer.result is (AuthorizationResult.AUTHORIZED if kept else AuthorizationResult.DECLINED)


async def test_an_order_cancelled_while_its_customer_pays_is_released(skipping, new_order):
    """A void closes the page; what was paid there in the meantime is voided before it is answered."""
    order = new_order()
    page = await opened(skipping, order)
    skipping.provider.pay(page)
    answer = await skipping.payments.void(order.key, request_id="v1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.VOIDED)
    assert page.deleted
    assert skipping.provider.effects[order.order_id, "void"] == 1


async def test_an_order_cancelled_before_its_customer_pays(skipping, new_order):
    """A void of a page where nobody paid abandons the payment: nothing was ever held."""
    order = new_order()
    page = await opened(skipping, order)
    await skipping.payments.void(order.key, request_id="v1", patience_seconds=0)
    view = await skipping.until(order.key, PaymentState.ABANDONED, step=STEP)
    assert view.reason == "cancelled"
    assert page.deleted
    again = await skipping.payments.void(order.key, request_id="v1")
    assert again.result is CommandResult.DONE


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_page_whose_address_was_lost_is_nobodys(skipping, new_order, arrived):
    """A lost answer to opening: another page is opened under its own reference, and only that one's address is told."""
    order = new_order()
    skipping.provider.once(order.order_id, "open_checkout", Fault(LOST, effect=arrived))
    await skipping.payments.authorize(order, on_a_page(), patience_seconds=0)
    await skipping.until(order.key, PaymentState.REDIRECTED, step=timedelta(seconds=2))
    pages = skipping.provider.pages(order.order_id)
    assert len(pages) == (2 if arrived else 1)
    answer = await skipping.payments.authorize(order, on_a_page())
    assert answer.redirect_url == pages[-1].url
    assert [call.reference for call in skipping.provider.called(order.order_id, "open_checkout")] == [
        f"main-{order.order_id}-a01",
        f"main-{order.order_id}-a02",
    ]
    skipping.provider.pay(pages[-1])
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)


@pytest.mark.parametrize("operation", ["read_checkout", "close_checkout", "find"])
@pytest.mark.parametrize("arrived", [True, False])
async def test_closing_survives_lost_answers(skipping, new_order, operation, arrived):
    """Whatever is lost while a page is closed, it is closed, and nothing is concluded before it is known."""
    order = new_order()
    page = await opened(skipping, order)
    await skipping.pass_time(timedelta(seconds=WINDOW - 30))
    skipping.provider.once(order.order_id, operation, *[Fault(LOST, effect=arrived)] * 3)
    await skipping.until(order.key, PaymentState.ABANDONED, step=STEP)
    assert page.deleted


async def test_a_customer_at_the_bank_when_the_page_closes_is_given_up_there(skipping, new_order):
    """A try that is still at the issuer's page when the page is closed is adopted, then cancelled at the provider."""
    order = new_order()
    page = await opened(skipping, order)
    skipping.provider.pay(page, ProviderStatus.REDIRECTED)
    await skipping.pass_time(timedelta(seconds=WINDOW + 60))
    kinds = await skipping.kinds(order.key)
    assert "authorization_pending" in kinds
    assert kinds.index("authorization_pending") < kinds.index("checkout_closed")


async def test_a_page_that_cannot_be_opened_refuses_the_order(skipping, new_order):
    """What the provider finds wrong with the request is told, and nothing waits."""
    order = new_order()
    skipping.provider.once(order.order_id, "open_checkout", Fault(Refused("400", "NO PAYMENT PRODUCT IS LEFT", "x")))
    answer = await skipping.payments.authorize(order, on_a_page())
    assert answer.result is AuthorizationResult.REFUSED
    assert "NO PAYMENT PRODUCT IS LEFT" in answer.reason


async def test_a_payment_of_another_currency_is_told_to_people(skipping, new_order):
    """What cannot be booked is not booked, and somebody is told, once."""
    order = new_order()
    page = await opened(skipping, order)
    skipping.provider.pay(page, amount=order.total.model_copy(update={"currency": "EUR"}))
    await skipping.pass_time(timedelta(minutes=20))
    view = await skipping.payments.view(order.key)
    assert view.amounts.authorized.amount_minor == 0
    [told] = view.attention
    assert "another currency" in told


@pytest.mark.parametrize("late", list(LateSuccess))
async def test_paid_after_the_page_was_closed(skipping, new_order, late):
    """A payment that appears after all is found by its reference: by the order's rule it counts, or it is released."""
    order = new_order()
    page = await opened(skipping, order, late_success=late)
    await skipping.until(order.key, PaymentState.ABANDONED, step=timedelta(minutes=1))
    page.deleted = False
    skipping.provider.pay(page)
    expected = PaymentState.AUTHORIZED if late is LateSuccess.KEEP else PaymentState.VOIDED
    view = await skipping.until(order.key, expected, step=timedelta(minutes=5))
    assert view.attention == ()
    assert skipping.provider.effects[order.order_id, "void"] == (0 if late is LateSuccess.KEEP else 1)
    answer = await skipping.payments.authorize(order, on_a_page(late_success=late))
    kept = late is LateSuccess.KEEP
    assert answer.result is (AuthorizationResult.AUTHORIZED if kept else AuthorizationResult.DECLINED)


async def test_a_sale_paid_after_the_page_was_closed_is_told_to_people(skipping, new_order):
    """What was taken cannot be voided: it is booked, and a person ships it or refunds it."""
    order = new_order()
    page = await opened(skipping, order, action=PaymentAction.SALE)
    await skipping.until(order.key, PaymentState.ABANDONED, step=timedelta(minutes=1))
    page.deleted = False
    skipping.provider.pay(page, ProviderStatus.CAPTURE_REQUESTED)
    view = await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED, step=timedelta(minutes=5))
    [told] = view.attention
    assert "refund it" in told
    assert skipping.provider.effects[order.order_id, "void"] == 0


async def test_a_second_payment_on_the_page_is_released(skipping, new_order):
    """Two windows, two payments of one order: the first counts, the other is found by its reference and let go of."""
    order = new_order()
    page = await opened(skipping, order)
    first, second = skipping.provider.pay(page), skipping.provider.pay(page)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    await skipping.pass_time(timedelta(minutes=90))
    statuses = {name: skipping.provider.payments[name].status for name in (first, second)}
    assert sorted(statuses.values()) == [ProviderStatus.AUTHORIZED, ProviderStatus.RELEASED]
    view = await skipping.payments.view(order.key)
    assert (view.state, view.attention) == (PaymentState.AUTHORIZED, ())
    assert statuses[view.transaction_id] is ProviderStatus.AUTHORIZED
    assert view.amounts.may_capture == order.total


AT_THE_BANK = {
    ProviderStatus.AUTHORIZED: ProviderStatus.RELEASED,
    ProviderStatus.DECLINED: ProviderStatus.DECLINED,
    ProviderStatus.RELEASED: ProviderStatus.RELEASED,
}


@pytest.mark.parametrize("decided", list(AT_THE_BANK))
async def test_paid_by_card_with_another_payment_at_the_bank(skipping, new_order, decided):
    """Who turns back from the bank and pays by card troubles nobody; what the bank decides hours later is let go of."""
    order = new_order()
    page = await opened(skipping, order)
    at_the_bank = skipping.provider.pay(page, ProviderStatus.REDIRECTED)
    await skipping.pass_time(STEP)
    skipping.provider.pay(page)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    await skipping.pass_time(timedelta(hours=3))
    assert (await skipping.payments.view(order.key)).attention == ()
    payments = skipping.provider.payments
    payments[at_the_bank] = payments[at_the_bank].model_copy(update={"status": decided, "raw_status": decided.value})
    await skipping.pass_time(timedelta(hours=3))
    view = await skipping.payments.view(order.key)
    assert (view.state, view.attention) == (PaymentState.AUTHORIZED, ())
    assert payments[at_the_bank].status is AT_THE_BANK[decided]


async def test_a_payment_that_stays_at_the_bank_is_told_to_people(skipping, new_order):
    """After a day somebody looks at what neither the customer nor the bank has decided."""
    order = new_order()
    page = await opened(skipping, order)
    at_the_bank = skipping.provider.pay(page, ProviderStatus.REDIRECTED)
    skipping.provider.pay(page)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    await skipping.pass_time(timedelta(hours=26))
    view = await skipping.payments.view(order.key)
    [told] = view.attention
    assert at_the_bank in told
    assert view.state is PaymentState.AUTHORIZED
