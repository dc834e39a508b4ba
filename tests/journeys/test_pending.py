"""3-D Secure and fraud review on real servers: the issuer's page, the return, what is kept, lost answers."""

import pytest

from devstack.checker import Totals
from devstack.customer import SHOP, NotThrough, by_form, cancel, go_through, return_mac_of
from payments.commands import ReviewDecision
from payments.methods import Challenge, PaymentInstruction, ThreeDSecure
from payments.order import Address
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.witnesses import collected, declined, held, operations, prefix, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, CANCEL, ACCEPT = "payments.create", "payments.cancel", "payments.processchallenged"
CALAIS = Address(country_code="FR", city="Calais")


@pytest.fixture
def challenged():
    """A card whose issuer wants to see the customer."""
    return PaymentInstruction(token="token-visa-challenge", return_url=SHOP, three_d_secure=ThreeDSecure())


async def test_a_challenge_is_answered_and_the_order_shipped(payments, witnesses, new_order, challenged):
    """The customer goes through, what came of 3-D Secure is kept, and the money is collected once."""
    order = new_order()
    answer = await payments.authorize(order, challenged)
    return_mac, _ = await go_through(answer.redirect_url)
    back = await payments.customer_returned(order.key, return_mac)
    assert back.result is AuthorizationResult.AUTHORIZED
    kept = back.authentication
    assert (kept.version, kept.eci, kept.method) == ("2.2.0", "05", "challenged")
    assert (kept.liability_shifted, kept.has_proof, kept.avs_result, kept.cvv_result) == (True, True, "0", "0")
    await payments.capture(order.key, request_id="s1")
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))
    assert len(await witnesses.log(order, CREATE)) == 1


async def test_no_value_that_lets_one_act_as_the_customer_is_kept(payments, witnesses, new_order, challenged):
    """Neither the address nor RETURNMAC stands in any event, nor in the view."""
    order = new_order()
    answer = await payments.authorize(order, challenged)
    view = await payments.view(order.key)
    story = [recorded.event.model_dump_json() for recorded in await witnesses.queries.events(order.key)]
    return_mac = await cancel(answer.redirect_url)
    for told in (*story, view.model_dump_json()):
        assert return_mac not in told
        assert answer.redirect_url not in told
    back = await payments.customer_returned(order.key, return_mac)
    assert back.result is AuthorizationResult.DECLINED
    await witnesses.agree_on(order, declined())


async def test_a_wrong_code_twice_is_a_decline(payments, witnesses, new_order, challenged):
    """A customer who cannot prove who they are is declined with the issuer's reason."""
    order = new_order()
    answer = await payments.authorize(order, challenged)
    with pytest.raises(NotThrough):
        await go_through_by_form(answer.redirect_url, "9999")
    return_mac = await go_through_by_form(answer.redirect_url, "9999")
    back = await payments.customer_returned(order.key, return_mac)
    assert (back.result, back.decline.code) == (AuthorizationResult.DECLINED, "430357")


async def go_through_by_form(url, code):
    return return_mac_of(await by_form(url, {"code": code, "decision": "confirm"}))


async def test_the_answer_that_told_the_address_is_lost(payments, simulator, witnesses, new_order, challenged):
    """The repeated key brings the same address again, and one payment exists."""
    order = new_order()
    await simulator.fault(fault="drop_after", operation=CREATE, count=1, merchant_reference_prefix=prefix(order))
    answer = await payments.authorize(order, challenged, patience_seconds=10)
    if answer.result is not AuthorizationResult.REDIRECT:
        await witnesses.until(order, PaymentState.REDIRECTED)
        answer = await payments.authorize(order, challenged)
    await go_through(answer.redirect_url)
    # The return is lost too: a look finds it.
    await witnesses.until(order, PaymentState.AUTHORIZED)
    await payments.void(order.key, request_id="end")
    await witnesses.agree_on(order, released(order))


async def test_a_frictionless_card_is_authorized_at_once_with_its_proof(payments, witnesses, new_order):
    """Nobody is sent away, and what came of 3-D Secure is kept all the same."""
    order = new_order()
    asked = ThreeDSecure(challenge=Challenge.NOT_REQUESTED)
    card = PaymentInstruction(token="token-visa-frictionless", return_url=SHOP, three_d_secure=asked)
    answer = await payments.authorize(order, card)
    assert (answer.result, answer.authentication.method) == (AuthorizationResult.AUTHORIZED, "frictionless")
    await payments.void(order.key, request_id="end")
    await witnesses.agree_on(order, released(order))


async def test_a_mandated_challenge_is_passed_on(payments, witnesses, new_order):
    """What the order asks of 3-D Secure reaches the issuer: a card that nobody doubts is challenged."""
    order = new_order()
    asked = ThreeDSecure(challenge=Challenge.MANDATED)
    card = PaymentInstruction(token="token-visa-approved", return_url=SHOP, three_d_secure=asked)
    assert (await payments.authorize(order, card)).result is AuthorizationResult.REDIRECT
    await payments.void(order.key, request_id="end")
    await witnesses.agree_on(order, Totals(payments=1))


@pytest.mark.parametrize("lost", ["", "drop_before", "drop_after"])
async def test_a_review_is_accepted(payments, witnesses, new_order, card, lost):
    """Accepted once at the provider, whatever becomes of the answer, and shipped after that."""
    order = new_order(billing_address=CALAIS)
    assert (await payments.authorize(order, card)).result is AuthorizationResult.IN_REVIEW
    if lost:
        await witnesses.simulator.fault(fault=lost, operation=ACCEPT, count=1, merchant_reference_prefix=prefix(order))
    answer = await payments.review(order.key, request_id="r1", decision=ReviewDecision.ACCEPT, reason="known customer")
    assert answer.result in {CommandResult.DONE, CommandResult.PENDING}
    await witnesses.until(order, PaymentState.AUTHORIZED)
    await witnesses.agree_on(order, held(order))
    assert (await witnesses.effects(order)).count(ACCEPT) == 1
    await payments.capture(order.key, request_id="s1")
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))


@pytest.mark.parametrize("lost", ["", "drop_before", "drop_after"])
async def test_a_review_is_refused(payments, witnesses, new_order, card, lost):
    """Refused once at the provider, whatever becomes of the answer; nothing is held."""
    order = new_order(billing_address=CALAIS)
    await payments.authorize(order, card)
    if lost:
        await witnesses.simulator.fault(fault=lost, operation=CANCEL, count=1, merchant_reference_prefix=prefix(order))
    await payments.review(order.key, request_id="r1", decision=ReviewDecision.REFUSE)
    view = await witnesses.until(order, PaymentState.ABANDONED)
    assert view.reason == "review_refused"
    await witnesses.agree_on(order, Totals(payments=1))
    assert (await witnesses.effects(order)).count(CANCEL) == 1
    assert operations(await witnesses.log(order, ACCEPT)) == []


async def test_a_sale_in_review_is_captured_once_accepted(payments, witnesses, new_order):
    """Accepting a sale takes the money at once, and it is booked as taken."""
    order = new_order(billing_address=CALAIS)
    await payments.authorize(order, PaymentInstruction(token="token-visa-approved", action="sale"))
    await payments.review(order.key, request_id="r1", decision=ReviewDecision.ACCEPT)
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))
