"""What approve and cancel do to a payment, and where the clock takes it."""

import re

import pytest

INPUT = "cardPaymentMethodSpecificInput"


def property_names(answered):
    assert answered.status_code == 400, answered.text
    return [error.get("propertyName") for error in answered.json()["errors"]]


def test_capture_goes_its_way_by_the_clock(merchant):
    """CAPTURE_REQUESTED, after the capture delay CAPTURED, after the collect delay PAID."""
    payment_id = merchant.created(amount=5000)
    answered = merchant.approve(payment_id)
    assert answered.status_code == 200
    assert "cardPaymentMethodSpecificOutput" not in answered.json()
    seen = [answered.json()["payment"]]
    for _ in range(2):
        merchant.advance(60)
        seen.append(merchant.get(payment_id).json())
    assert [payment["status"] for payment in seen] == ["CAPTURE_REQUESTED", "CAPTURED", "PAID"]
    assert [payment["statusOutput"]["statusCode"] for payment in seen] == [800, 900, 1000]
    assert [payment["statusOutput"]["isRefundable"] for payment in seen] == [False, True, True]
    stamps = [payment["statusOutput"]["statusCodeChangeDateTime"] for payment in seen]
    assert stamps == sorted(stamps)
    assert all(re.fullmatch("[0-9]{14}", stamp) for stamp in stamps)


def test_a_lower_amount_voids_the_rest(merchant):
    """A partial approve tells of the rest in voidResponseId, and the books know both parts."""
    payment_id = merchant.created(amount=5000, reference="partial")
    answered = merchant.approve(payment_id, {"amount": 3000}).json()
    assert answered["cardPaymentMethodSpecificOutput"] == {"voidResponseId": "00"}
    assert answered["payment"]["paymentOutput"]["amountOfMoney"]["amount"] == 5000
    assert answered["payment"]["paymentOutput"]["amountCaptureRequested"] == 3000
    merchant.advance(120)
    (line,) = merchant.books("partial")
    amounts = ("authorized", "capture_requested", "captured", "collected", "refunded", "voided")
    assert [line[name] for name in amounts] == [5000, 3000, 3000, 3000, 0, 2000]


def test_approve_never_takes_more_than_is_held(merchant):
    """A higher amount, none, and a lower one of a final authorization are refused; the hold stays."""
    payment_id = merchant.created(amount=5000)
    for amount in (5001, 0):
        assert property_names(merchant.approve(payment_id, {"amount": amount})) == ["amount"]
    final = merchant.created(amount=5000, authorizationMode="FINAL_AUTHORIZATION")
    assert property_names(merchant.approve(final, {"amount": 4999})) == ["amount"]
    assert merchant.status(payment_id) == merchant.status(final) == "PENDING_APPROVAL"
    assert merchant.approve(final, {"amount": 5000}).status_code == 200


def test_keys_do_not_protect_approve_and_cancel(merchant):
    """A repeated approve or cancel is refused with 402 and no paymentResult, whatever key it carries."""
    payment_id = merchant.created()
    for action, expected in ((merchant.approve, 200), (merchant.approve, 402)):
        answered = action(payment_id, key="same")
        assert answered.status_code == expected
    assert answered.json()["errors"][0]["code"] == "410110"
    assert "paymentResult" not in answered.json()
    assert [merchant.cancel(payment_id, key="same").status_code for _ in range(2)] == [200, 402]


def test_cancel_undoes_a_capture_only_early_in_its_queue(merchant):
    """Until half the capture delay a queued capture can be cancelled, then no more."""
    early, late = merchant.created(reference="early"), merchant.created(reference="late")
    assert merchant.approve(early).json()["payment"]["statusOutput"]["isCancellable"]
    assert merchant.cancel(early).json()["payment"]["status"] == "CANCELLED"
    merchant.approve(late)
    merchant.advance(30)
    assert not merchant.get(late).json()["statusOutput"]["isCancellable"]
    assert merchant.cancel(late).status_code == 402
    merchant.advance(100)
    (line,) = merchant.books("early")
    assert (line["capture_requested"], line["captured"], line["voided"]) == (12680, 0, 12680)
    assert merchant.status(early) == "CANCELLED"
    assert merchant.status(late) == "PAID"


@pytest.mark.parametrize("options", [{"authorizationMode": "SALE"}, {"requiresApproval": False}])
def test_sale_captures_at_once(merchant, options):
    """SALE and requiresApproval false lead to CAPTURE_REQUESTED without an approve."""
    created = merchant.create(**options).json()["payment"]
    assert (created["status"], created["statusOutput"]["statusCode"]) == ("CAPTURE_REQUESTED", 800)
    assert merchant.approve(created["id"]).status_code == 402


def test_approval_is_needed_by_default(merchant, body):
    """A body that says nothing about approval waits for it."""
    content = body()
    del content[INPUT]["requiresApproval"]
    assert merchant.create(content).json()["payment"]["status"] == "PENDING_APPROVAL"


def test_a_capture_may_be_rejected_later(merchant):
    """The card for it authorizes and is asked to capture, and ends as REJECTED_CAPTURE."""
    payment_id = merchant.created(token="token-visa-capture-rejected", reference="rejected-later")
    assert merchant.approve(payment_id).json()["payment"]["status"] == "CAPTURE_REQUESTED"
    merchant.advance(60)
    assert merchant.status(payment_id) == "REJECTED_CAPTURE"
    (line,) = merchant.books("rejected-later")
    assert (line["capture_requested"], line["captured"], line["collected"]) == (12680, 0, 0)


@pytest.mark.parametrize(("mode", "days"), [("FINAL_AUTHORIZATION", 7), ("PRE_AUTHORIZATION", 30)])
def test_a_capture_after_the_window_is_rejected(start, mode, days):
    """A late approve is accepted and its capture rejected."""
    merchant = start()
    payment_id = merchant.created(authorizationMode=mode)
    merchant.advance(days * 86400)
    assert merchant.approve(payment_id).status_code == 200
    merchant.advance(60)
    assert merchant.status(payment_id) == "REJECTED_CAPTURE"
