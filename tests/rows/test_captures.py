"""Taking the money: once for each shipment, never beside a void, and the rest of the hold let go of."""

import asyncio

import pytest

from payments.commands import Capture
from payments.states import PaymentState
from payments.view import CommandResult
from tests.support.steps import CARD, PARTS, ship
from tests.support.witnesses import collected, held, operations, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, APPROVE, CAPTURE = "payments.create", "payments.approve", "payments.capture"


@pytest.mark.row("F1")
async def test_a_click_and_a_signal_capture_once(real, fresh):
    """A shipment that is told of by two signals and three clicks at once is one capture at the provider."""
    order = fresh(10_000)
    await real.payments.authorize(order, PARTS)
    shipment = Capture(request_id="s1", amount=order.total.with_amount(3_000))
    answers = await asyncio.gather(
        *(ship(real, order, "s1", 3_000) for _ in range(3)),
        *(real.payments.signal_capture(order.key, shipment) for _ in range(2)),
    )
    assert (await real.books(order)).capture_requested == 3_000
    assert operations(await real.sent(order, CAPTURE)) == [CAPTURE]
    assert {answer.result for answer in answers if answer} == {CommandResult.DONE}


@pytest.mark.row("F2")
async def test_two_shipments_of_one_amount_are_two_captures(real, fresh):
    """A capture is known by its shipment and never by its amount: a second one of the same amount is taken too."""
    order = fresh(10_000)
    await real.payments.authorize(order, PARTS)
    first, twin = await ship(real, order, "s1", 3_000), await ship(real, order, "s2", 3_000)
    assert (await real.books(order)).capture_requested == 6_000
    assert (first.result, twin.result) == (CommandResult.DONE, CommandResult.DONE)
    assert len({answer.operation_id for answer in (first, twin)}) == 2
    assert [request["processed"] for request in await real.sent(order, CAPTURE)] == [True, True]


@pytest.mark.row("F15")
async def test_shipped_in_parts_the_last_one_ends_the_hold(real, fresh):
    """Each shipment is captured by itself; the last one says so, and the provider lets go of the rest."""
    order = fresh(10_000)
    await real.payments.authorize(order, PARTS)
    await ship(real, order, "s1", 3_000)
    assert (await real.books(order)).voided == 0
    await ship(real, order, "s2", 2_000)
    await ship(real, order, "s3", 1_000, final=True)
    line = await real.books(order)
    assert (line.capture_requested, line.voided) == (6_000, 4_000)
    assert operations(await real.sent(order, CAPTURE)) == [CAPTURE] * 3
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, collected(order).model_copy(update={"captured": 6_000, "collected": 6_000}))


@pytest.mark.row("F16")
async def test_the_rest_of_a_hold_is_released(real, fresh):
    """Cancelling what is left of a partly shipped order releases it at the provider, and leaves what was shipped."""
    order = fresh(10_000)
    await real.payments.authorize(order, PARTS)
    await ship(real, order, "s1", 3_000)
    answer = await real.payments.void(order.key, request_id="v1")
    line = await real.books(order)
    assert (line.capture_requested, line.voided) == (3_000, 7_000)
    assert answer.result is CommandResult.DONE
    assert operations(await real.sent(order, "payments.finalizecapture")) == ["payments.finalizecapture"]
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, collected(order).model_copy(update={"captured": 3_000, "collected": 3_000}))


@pytest.mark.row("F19")
async def test_of_a_capture_and_a_void_at_once_one_happens(real, fresh):
    """Whichever comes first is done, the other is refused with the reason, and the provider was asked for one."""
    for turn in range(4):
        order = fresh(10_000 + turn)
        await real.payments.authorize(order, CARD)
        capture = real.payments.capture(order.key, request_id="s1")
        void = real.payments.void(order.key, request_id="v1")
        # One of them is taken in first, each in its turn, and the other comes while it is under way.
        first = real.payments.capture if turn % 2 else real.payments.void
        await first(order.key, request_id="s1" if turn % 2 else "v1", patience_seconds=0)
        answers = await asyncio.gather(capture, void)
        assert sorted(answer.result for answer in answers) == ["done", "refused"]
        [refusal] = [answer.refusal for answer in answers if answer.refusal]
        assert refusal.code in {"already_captured", "nothing_held"}
        asked = [name for name in operations(await real.sent(order, "")) if name in {APPROVE, "payments.cancel"}]
        assert len(asked) == 1
        line = await real.books(order)
        assert (line.capture_requested > 0) != (line.voided > 0)


@pytest.mark.row("F19")
async def test_a_void_spares_a_capture_made_in_the_console(real, fresh):
    """A capture that somebody made beside us wins against our void: the payment is read first, and stays."""
    order = fresh(10_000)
    answer = await real.payments.authorize(order, CARD)
    await real.console.capture("main", answer.transaction_id, order.total)
    void = await real.payments.void(order.key, request_id="v1")
    line = await real.books(order)
    assert (line.status == "CANCELLED", line.voided) == (False, 0)
    assert await real.sent(order, "payments.cancel") == []
    assert void.result is CommandResult.FAILED
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, collected(order))


@pytest.mark.row("F49")
async def test_an_account_without_several_captures_says_so_and_takes_one(real, fresh):
    """Fulfilment reads beforehand that one capture is all; the first part is captured, the next one is refused."""
    order = fresh(10_000)
    await real.payments.authorize(order, CARD)
    beforehand = await real.payments.view(order.key)
    first, second = await ship(real, order, "s1", 3_000), await ship(real, order, "s2", 3_000)
    line = await real.books(order)
    assert (line.capture_requested, line.voided) == (3_000, 7_000)
    assert operations(await real.sent(order, "")) == [CREATE, APPROVE]
    assert beforehand.several_captures is False
    assert first.result is CommandResult.DONE
    assert (second.result, second.refusal.code) == (CommandResult.REFUSED, "already_captured")
    assert "another payment for the rest" in second.refusal.remedy


@pytest.mark.row("F42")
async def test_a_shipment_after_the_end_is_answered_with_the_end(real, fresh):
    """A payment whose workflow has closed answers a late capture from the ledger: what it is, and why not."""
    order = fresh(10_000)
    await real.payments.authorize(order, CARD)
    await real.payments.void(order.key, request_id="v1")
    assert await real.is_closed(order)
    late = await ship(real, order, "s1")
    assert (late.result, late.state, late.refusal.code) == (CommandResult.REFUSED, PaymentState.VOIDED, "nothing_held")
    await real.payments.signal_capture(order.key, Capture(request_id="s2"))
    assert await real.is_closed(order)
    told = (await real.payments.view(order.key)).attention
    assert any("'s2' was refused" in sentence for sentence in told)
    await real.witnesses.agree_on(order, released(order))
    assert await real.sent(order, APPROVE) == []


@pytest.mark.row("F25")
async def test_yen_are_sent_in_hundredths_and_three_decimals_refused(real, fresh):
    """12,600 yen are 1,260,000 in the provider's books; a currency of three decimals is refused, not rounded."""
    order = fresh(12_600, "JPY")
    await real.payments.authorize(order, CARD)
    assert (await real.books(order)).authorized == 1_260_000
    await real.witnesses.agree_on(order, held(order))
    await real.payments.capture(order.key, request_id="s1")
    await real.until(order, PaymentState.COLLECTED)
    assert (await real.books(order)).collected == 1_260_000
    await real.witnesses.agree_on(order, collected(order))
    with pytest.raises(ValueError, match="BHD has 3 decimals"):
        fresh(1_000, "BHD")
