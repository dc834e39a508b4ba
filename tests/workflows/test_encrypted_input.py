"""A card that the customer's page encrypted: it pays once, within its client session."""

import asyncio
from datetime import timedelta

import pytest

from payments.encrypted_input import LIFE
from payments.provider import InputNotAccepted, OutcomeUnknown, Unavailable
from payments.references import content_digest
from payments.states import PaymentState, ProviderStatus
from payments.view import AuthorizationResult
from tests.support.provider import Fault
from tests.support.raw import update
from tests.support.sealed import typed
from tests.workflows.test_claim import document_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = OutcomeUnknown("the connection was reset")
DEAD = OutcomeUnknown("a stored failure", key_is_dead=True)
STEP = timedelta(seconds=20)


async def test_it_pays_like_a_token(skipping, new_order):
    """Encrypted input authorizes, and nothing in the books holds it."""
    order, instruction = new_order(), typed()
    answer = await skipping.payments.authorize(order, instruction)
    assert answer.result is AuthorizationResult.AUTHORIZED
    [call] = skipping.provider.called(order.order_id, "authorize")
    assert call.key is not None
    told = "".join(event.model_dump_json() for event in await skipping.story(order.key))
    assert instruction.encrypted_input[:40] not in told


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_is_asked_for_with_the_same_key(skipping, new_order, arrived):
    """While its session lives the same input goes again under its own key, and the money is held once."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", *[Fault(LOST, effect=arrived)] * 3)
    await skipping.payments.authorize(order, typed(), patience_seconds=0)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    sent = skipping.provider.called(order.order_id, "authorize")
    assert len(sent) == 4
    assert len({call.key for call in sent}) == 1
    assert skipping.provider.effects[order.order_id, "authorize"] == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_after_its_session_it_is_sent_no_more(skipping, new_order, arrived):
    """Two hours after the start only looking helps: what arrived is adopted, else the customer has to pay again."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", LOST, effect=arrived)
    await skipping.payments.authorize(order, typed(), patience_seconds=0)
    began = skipping.provider.called(order.order_id, "authorize")[0].at
    expected = PaymentState.AUTHORIZED if arrived else PaymentState.DECLINED
    view = await skipping.until(order.key, expected, step=timedelta(minutes=10))
    sent = skipping.provider.called(order.order_id, "authorize")
    assert max(call.at for call in sent) < began + LIFE
    assert len({call.key for call in sent}) == 1
    assert skipping.provider.effects[order.order_id, "authorize"] == (1 if arrived else 0)
    if not arrived:
        assert view.decline.code == "pay_again"
        assert "pay again" in view.decline.message


async def test_what_never_left_before_its_session_ended_is_not_sent_late(skipping, new_order):
    """A provider that is away for longer than the session lives: nothing is sent when it is back."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", Unavailable("connection refused"))
    await skipping.payments.authorize(order, typed(), patience_seconds=0)
    await skipping.until(order.key, PaymentState.DECLINED, step=timedelta(minutes=10))
    skipping.provider.heal(order.order_id)
    answer = await skipping.payments.authorize(order, typed())
    assert (answer.result, answer.decline.code) == (AuthorizationResult.DECLINED, "pay_again")
    assert skipping.provider.effects[order.order_id, "authorize"] == 0


async def test_an_absent_attempt_is_followed_by_no_other(skipping, new_order):
    """A dead key and nothing found twice: the customer is asked, and the same input never gets another key."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(DEAD))
    await skipping.payments.authorize(order, typed(), patience_seconds=0)
    view = await skipping.until(order.key, PaymentState.DECLINED, step=STEP)
    assert view.decline.code == "pay_again"
    assert len(skipping.provider.called(order.order_id, "authorize")) == 1
    assert len(skipping.provider.called(order.order_id, "find")) >= 2
    # A late success is looked for all the same, and let go of: the customer may have paid anew.
    kinds = await skipping.kinds(order.key)
    assert kinds == ["opened", "authorization_intended", "outcome_unknown", "attempt_absent", "declined"]
    reference = view.merchant_reference
    late = skipping.provider.appear(order.order_id, reference, order.total)
    await skipping.pass_time(timedelta(hours=1))
    assert skipping.provider.payments[late].status is ProviderStatus.RELEASED
    view = await skipping.payments.view(order.key)
    assert (view.attention, view.amounts.may_capture.amount_minor) == ((), 0)


async def test_input_that_is_not_accepted_declines(skipping, new_order):
    """What the provider does not take ends like a decline, with its reason."""
    order = new_order()
    refused = InputNotAccepted("21000020", "IT WAS USED BEFORE", "encryptedCustomerInput")
    skipping.provider.once(order.order_id, "authorize", Fault(refused))
    answer = await skipping.payments.authorize(order, typed())
    assert answer.result is AuthorizationResult.DECLINED
    assert answer.decline.code == "input_not_accepted"
    assert "IT WAS USED BEFORE" in answer.decline.message
    assert answer.decline.may_retry
    assert await skipping.is_closed(order.key)


async def test_a_refusal_of_a_repetition_proves_nothing(skipping, new_order):
    """Refused as used before, after a lost answer: that may be our own first send, so the reference is looked for."""
    order = new_order()
    refused = InputNotAccepted("21000020", "IT WAS USED BEFORE", "encryptedCustomerInput")
    skipping.provider.once(order.order_id, "authorize", Fault(LOST, effect=True), Fault(refused))
    await skipping.payments.authorize(order, typed(), patience_seconds=0)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    assert skipping.provider.effects[order.order_id, "authorize"] == 1


async def test_another_encryption_of_the_same_order_joins_it(bench, new_order):
    """The input is no part of the digest: a page that encrypts anew asks about the same payment, and is not sent."""
    order, first, second = new_order(), typed(), typed()
    documents = [document_of(order, instruction) for instruction in (first, second)]
    assert len({content_digest(document) for document in documents}) == 1
    answers = await asyncio.gather(
        *(
            update(bench.temporal, order.key.workflow_id, "authorization", {"digest": content_digest(d)}, start=d)
            for d in documents
        )
    )
    assert {answer["result"] for answer in answers} == {"authorized"}
    assert len(bench.provider.called(order.order_id, "authorize")) == 1
