"""Money that goes back: by refunds of captures, by banks, and by both; and what is told of each change."""

import pytest

from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments import timeline
from simulator.payments.records import Step
from tests.simulator.test_timeline import AMOUNT, new_payment

DAY = 86_400


def refund(merchant, path, amount):
    money = {"amount": amount, "currencyCode": "EUR"}
    return merchant.send("POST", f"/v1/1234/{path}/refund", {"amountOfMoney": money})


def bank(merchant, payment_id, stage):
    return merchant.http.post(f"/simulator/payments/{payment_id}/chargeback", json={"stage": stage})


def line(merchant, payment_id):
    return next(each for each in merchant.books() if each["payment_id"] == payment_id)


@pytest.fixture
def several(start):
    """An account that captures in parts."""
    return start(multiple_captures=True, capture_delay_seconds=60, collect_delay_seconds=60)


def captured(merchant, *amounts, **changes):
    payment_id = merchant.created(amount=sum(amounts), **changes)
    parts = [merchant.send("POST", f"/v1/1234/payments/{payment_id}/capture", {"amount": each}) for each in amounts]
    merchant.advance(120)
    return payment_id, [part.json()["id"] for part in parts]


def test_a_capture_is_refunded_once(several):
    """In parts up to what it took, though more was captured beside it; its flag follows."""
    payment_id, (first, second) = captured(several, 5000, 5000)
    assert refund(several, f"captures/{first}", 3000).status_code == 201
    assert refund(several, f"captures/{first}", 3000).status_code == 400
    assert refund(several, f"captures/{first}", 2000).status_code == 201
    flags = several.send("GET", f"/v1/1234/payments/{payment_id}/captures").json()["captures"]
    assert [each["statusOutput"]["isRefundable"] for each in flags] == [False, True]
    assert refund(several, f"captures/{second}", 5000).status_code == 201
    assert refund(several, f"captures/{second}", 1).status_code == 400


def test_a_cancelled_refund_of_a_capture_may_be_asked_again(several):
    """What was called off counts no more."""
    _, (first, _) = captured(several, 5000, 5000)
    asked = refund(several, f"captures/{first}", 5000).json()["id"]
    assert several.send("POST", f"/v1/1234/refunds/{asked}/cancel").status_code == 204
    assert refund(several, f"captures/{first}", 5000).status_code == 201


def test_a_bank_takes_what_was_not_refunded(merchant):
    """Nobody gets money back twice, and what a dispute may win is what was taken."""
    payment_id = merchant.created(amount=10000, authorizationMode="SALE")
    merchant.advance(120)
    refund(merchant, f"payments/{payment_id}", 4000)
    assert bank(merchant, payment_id, "chargeback").json()["status"] == "CHARGEBACKED"
    assert line(merchant, payment_id)["charged_back"] == 6000
    asked = {"contactPerson": "R", "emailAddress": "r@r.example", "requestMessage": "delivered"}
    disputed = merchant.send("POST", f"/v1/1234/payments/{payment_id}/dispute", asked).json()
    assert disputed["disputeOutput"]["amountOfMoney"]["amount"] == 6000


def test_nothing_is_left_for_a_bank_of_what_was_refunded(merchant):
    """409 for one that is ordered; one that was to come by the card does not come."""
    payment_id = merchant.created(amount=10000, authorizationMode="SALE", token="token-visa-chargeback")
    merchant.advance(120)
    refund(merchant, f"payments/{payment_id}", 10000)
    assert bank(merchant, payment_id, "notice").status_code == 409
    merchant.advance(30 * DAY)
    assert (merchant.status(payment_id), line(merchant, payment_id)["charged_back"]) == ("REFUNDED", 0)


def test_a_capture_beside_a_chargeback_is_taken_once():
    """A bank takes what was captured by then, and of a later capture that capture alone."""
    payment = new_payment(r.CAPTURES)
    for place, at in ((1, 0), (2, 1)):
        payment = payment.with_steps(
            *payment.steps,
            Step(
                kind=r.CAPTURE, at=at, amount=AMOUNT // 2, place=place, captured_at=at + 2, collected_at=at + 4,
                chargeback_at=at + 4,
            ),
        )  # fmt: skip
    for now in range(10):
        totals = timeline.unfold(payment, now).totals
        assert totals.charged_back <= totals.captured
    life = timeline.unfold(payment)
    assert (life.status, life.totals.charged_back) == (s.CHARGEBACKED, AMOUNT)


@pytest.mark.parametrize(
    "delays", [{}, {"capture_delay_seconds": 0, "collect_delay_seconds": 0, "refund_delay_seconds": 0}]
)
def test_an_event_shows_its_own_change(start, eventually, delays):
    """Also where the next one comes in the same instant."""
    merchant = start(webhook_url="http://127.0.0.1:9/nobody", **delays)
    person = {"name": {"surname": "CHARGEBACK-0"}}
    content = {
        "order": {
            "amountOfMoney": {"amount": 10000, "currencyCode": "EUR"},
            "customer": {"billingAddress": {"countryCode": "NL"}, "personalInformation": person},
        },
        "cardPaymentMethodSpecificInput": {"token": "token-visa-approved", "authorizationMode": "SALE"},
    }
    merchant.create(content)
    refunded = merchant.created(authorizationMode="SALE")
    merchant.advance(10)
    assert refund(merchant, f"payments/{refunded}", 1).status_code == 201
    merchant.advance(10)

    def told():
        return merchant.http.get("/simulator/webhooks").json()["webhooks"]

    eventually(lambda: {"payment.chargebacked", "refund.refunded"} <= {each["type"] for each in told()})
    for each in told():
        kind, _, word = each["type"].partition(".")
        shown = merchant.http.get(f"/simulator/webhooks/{each['event_id']}").json()[kind]
        assert shown["status"] == word.upper()
    assert {"payment.captured", "payment.paid", "payment.chargeback_notification"} <= {each["type"] for each in told()}
