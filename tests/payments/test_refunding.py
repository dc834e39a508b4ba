"""What is concluded of refunds: with their capture, from lists of them, and from a payment that shows as returned."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.advance import follow
from payments.commands import Refund
from payments.decide import decide, decide_refund_due
from payments.events import AttentionNeeded, Authorized, CaptureRejected, CaptureRequested, RefundFailed, RefundIntended
from payments.evolve import evolve
from payments.explore.refunds import reference, story
from payments.explore.world import KEY
from payments.money import Money
from payments.operations import Intent
from payments.payment import Payment
from payments.provider import ProviderPayment, ProviderRefund
from payments.refunding import follow_refund, refund_deferred, refund_events, stray_refund, unknown_refunds
from payments.states import PaymentState, ProviderStatus, RefundStage, RefundStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def folded(payment: Payment, events) -> Payment:
    for event in events:
        payment = evolve(payment, event)
    return payment


@pytest.fixture
def captured() -> Payment:
    """4 cents whose capture is captured at the provider."""
    payment = folded(Payment(key=KEY), story())
    return folded(payment, follow(payment, shown(ProviderStatus.CAPTURED)))


@pytest.fixture
def asked(captured) -> Payment:
    """A refund of all of it was accepted."""
    return folded(captured, decide(captured, Refund(request_id="r1"), NOW).events)


def shown(status: ProviderStatus) -> ProviderPayment:
    return ProviderPayment(
        provider_id="p0", status=status, raw_status=status.value.upper(), reference=None, amount=None
    )


def begun(payment: Payment) -> tuple[Payment, Intent]:
    """The provider is asked."""
    operation = decide_refund_due(payment, NOW + timedelta(days=30)).operation
    named = reference(operation.operation_id, operation.attempt)
    intended = RefundIntended(
        subject=operation.operation_id,
        occurrence=operation.attempt,
        authorization_id=operation.authorization_id,
        reference=named,
    )
    intent = Intent(operation=operation, idempotence_key="k", reference=named, amount_as_sent=4, created_at=NOW)
    return evolve(payment, intended), intent


def reading(status: RefundStatus, refund_id: str = "f1", named: str | None = None) -> ProviderRefund:
    amount = Money(amount_minor=4, currency="EUR")
    return ProviderRefund(
        refund_id=refund_id, status=status, raw_status=status.value.upper(), reference=named, amount=amount
    )


def test_a_refund_that_waits_ends_with_its_capture(asked):
    """No money came, so none goes back: the refund fails with that reason and nothing waits for ever."""
    events = follow(asked, shown(ProviderStatus.CAPTURE_REJECTED))
    assert [type(event) for event in events] == [CaptureRejected, AttentionNeeded, RefundFailed]
    after = folded(asked, events)
    assert (after.state, after.refunds[0].stage) == (PaymentState.CAPTURE_REJECTED, RefundStage.FAILED)
    assert "no money that could go back" in after.refunds[0].reason
    assert after.is_over
    assert decide_refund_due(after, NOW + timedelta(days=30)) is None


def test_a_refund_that_is_being_asked_for_is_found_out_before_it_ends_with_its_capture(asked):
    """The open attempt stays open; proven absent it is not tried again, and people are told."""
    payment, intent = begun(asked)
    payment = folded(payment, follow(payment, shown(ProviderStatus.CAPTURE_REJECTED)))
    assert payment.refunds[0].stage is RefundStage.INTENDED
    after = folded(payment, refund_deferred(payment, intent, NOW, "it was not found twice"))
    assert after.refunds[0].stage is RefundStage.FAILED
    assert after.is_over
    assert any("its capture was rejected" in told.sentence for told in after.attention)


@pytest.mark.parametrize("stage", [RefundStage.ASKED, RefundStage.INTENDED, RefundStage.REQUESTED, RefundStage.FAILED])
def test_money_that_went_back_is_told_unless_a_refund_of_ours_explains_it(asked, stage):
    """A refund that still waits, or that failed, sent nothing back: then a returned payment is a bank's doing."""
    payment = asked
    if stage is not RefundStage.ASKED:
        payment, intent = begun(payment)
        status = {RefundStage.REQUESTED: RefundStatus.REQUESTED, RefundStage.FAILED: RefundStatus.FAILED}.get(stage)
        if status:
            payment = folded(payment, refund_events(payment, intent.operation.operation_id, reading(status)))
    told = [e for e in follow(payment, shown(ProviderStatus.RETURNED)) if isinstance(e, AttentionNeeded)]
    assert bool(told) == (stage in {RefundStage.ASKED, RefundStage.FAILED})


def test_a_refund_without_a_reference_is_of_unknown_origin(asked):
    """One that somebody made in the console stands beside ours, which has no id yet either: nothing is repeated."""
    payment, intent = begun(asked)
    stray = reading(RefundStatus.REQUESTED, "f9")
    assert unknown_refunds(payment, [stray]) == (stray,)
    told = stray_refund(payment, intent, [stray])
    assert "f9" in told[0].sentence
    assert stray_refund(folded(payment, told), intent, [stray]) == ()


def test_what_is_ours_or_failed_is_no_stray(asked):
    """Our reference names ours, and a refund that failed sent nothing back."""
    payment, intent = begun(asked)
    assert unknown_refunds(payment, [reading(RefundStatus.REQUESTED, "f1", intent.reference)]) == ()
    assert unknown_refunds(payment, [reading(RefundStatus.FAILED, "f9")]) == ()


def test_a_refund_that_was_paid_out_and_came_back_is_owed_no_more(asked):
    """The books take it back, people are told, and the amount may be asked for again."""
    payment, intent = begun(asked)
    for status in (RefundStatus.REQUESTED, RefundStatus.REFUNDED):
        payment = folded(payment, refund_events(payment, intent.operation.operation_id, reading(status)))
    assert payment.state is PaymentState.REFUNDED
    after = folded(payment, follow_refund(payment, [reading(RefundStatus.FAILED)]))
    assert after.refunds[0].stage is RefundStage.FAILED
    assert decide(after, Refund(request_id="r2"), NOW).events[0].amount_minor == 4
    assert follow_refund(after, [reading(RefundStatus.FAILED)]) == ()


def test_a_wait_that_is_too_long_is_told_once_and_settled(asked):
    """After two weeks people are told, not again with each attempt; once it is accepted nobody needs to look."""
    payment, intent = begun(asked)
    late = asked.refunds[0].give_up_at
    payment = folded(payment, refund_deferred(payment, intent, late, "it cannot be refunded"))
    assert len(payment.attention) == 1
    payment, intent = begun(payment)
    payment = folded(payment, refund_deferred(payment, intent, late, "it cannot be refunded"))
    assert len(payment.attention) == 1
    payment, intent = begun(payment)
    accepted = refund_events(payment, intent.operation.operation_id, reading(RefundStatus.REQUESTED))
    assert folded(payment, accepted).attention == ()


@pytest.mark.parametrize("status", [RefundStatus.REFUNDED, RefundStatus.FAILED])
def test_an_approval_is_asked_of_people_until_it_is_settled(asked, status):
    """Whoever must approve a refund is told; paid out or cancelled, nobody needs to approve it any more."""
    payment, intent = begun(asked)
    waits = reading(RefundStatus.REQUESTED).model_copy(update={"awaits_approval": True})
    payment = folded(payment, refund_events(payment, intent.operation.operation_id, waits))
    assert ["approve f1" in told.sentence for told in payment.attention] == [True]
    assert follow_refund(payment, [waits]) == ()
    after = folded(payment, follow_refund(payment, [reading(status)]))
    assert not any("approve f1" in told.sentence for told in after.attention)


def test_the_story_is_of_a_capture_that_was_accepted():
    """What these tests and the search of refunds begin with."""
    assert {Authorized, CaptureRequested} <= {type(event) for event in story()}
