"""The control API: books, request log and clock as the demo and the tests ask them."""

from datetime import datetime, timedelta

import pytest


def test_health(merchant):
    """Health tells that the simulator is up."""
    assert merchant.http.get("/simulator/health").json() == {"status": "ok"}


def test_books_have_the_agreed_fields(merchant):
    """Each line has exactly the fields that checkers read; a prefix narrows the list."""
    merchant.created(reference="fields-1", amount=1268000, currency="JPY")
    (line,) = merchant.books("fields-")
    assert datetime.fromisoformat(line.pop("created_at")).tzinfo is not None
    assert len(line.pop("payment_id")) == 30
    assert line == {
        "merchant_id": "1234",
        "merchant_reference": "fields-1",
        "merchant_order_id": 7,
        "currency": "JPY",
        "status": "PENDING_APPROVAL",
        "authorized": 1268000,
        "capture_requested": 0,
        "captured": 0,
        "collected": 0,
        "refund_requested": 0,
        "refunded": 0,
        "voided": 0,
        "reversed": 0,
        "charged_back": 0,
        "won_back": 0,
    }


def test_a_prefix_is_taken_literally(merchant):
    """Wildcards of SQL mean nothing in a prefix."""
    merchant.created(reference="literal-1")
    assert merchant.books("literal_") == merchant.books("%") == []
    assert len(merchant.books("literal-")) == 1


def test_the_log_tells_every_request(merchant):
    """Method, path with query, operation, reference, key and outcome of each request, in order of arrival."""
    payment_id = merchant.created(reference="log-1", key="log")
    merchant.create(reference="log-1", key="log")
    merchant.get(payment_id)
    merchant.approve(payment_id, {"amount": 1})
    merchant.cancel(payment_id)
    merchant.cancel(payment_id)
    merchant.send("GET", "/v1/1234/payments?merchantReference=log-1")
    logged = merchant.requests(merchant_reference_prefix="log-")
    told = [(e["operation"], e["status"], e["processed"], e["replayed"]) for e in logged]
    assert told == [
        ("payments.create", 201, True, False),
        ("payments.create", 201, False, True),
        ("payments.get", 200, True, False),
        ("payments.approve", 200, True, False),
        ("payments.cancel", 200, True, False),
        ("payments.cancel", 402, False, False),
        ("payments.find", 200, True, False),
    ]
    assert {e["idempotence_key"] for e in logged[:2]} == {"log"}
    assert logged[-1]["path"] == "/v1/1234/payments?merchantReference=log-1"
    numbers = [e["number"] for e in logged]
    assert numbers == sorted(numbers)
    assert set(logged[0]) == {
        "number",
        "at",
        "method",
        "path",
        "operation",
        "merchant_reference",
        "idempotence_key",
        "status",
        "processed",
        "replayed",
        "fault",
    }


def test_the_log_can_be_narrowed(merchant):
    """By operation, and to what came after a known number."""
    merchant.created(reference="narrow-1")
    last = merchant.requests()[-1]["number"]
    assert merchant.requests(after=last) == []
    payment_id = merchant.created(reference="narrow-2")
    merchant.approve(payment_id)
    assert [e["merchant_reference"] for e in merchant.requests(after=last, operation="payments.create")] == ["narrow-2"]
    assert [e["operation"] for e in merchant.requests(after=last)] == ["payments.create", "payments.approve"]
    assert merchant.http.get("/simulator/requests?operation=refund").status_code == 422


def test_the_clock_goes_forward(merchant):
    """Advance tells the new time, which is later by what was asked."""
    before = datetime.fromisoformat(merchant.http.get("/simulator/clock").json()["now"])
    after = merchant.http.post("/simulator/clock/advance", json={"seconds": 86400}).json()["now"]
    assert datetime.fromisoformat(after) - before >= timedelta(days=1)


@pytest.mark.parametrize("order", [{"seconds": -1}, {"seconds": "soon"}, {}, {"minutes": 1}])
def test_the_clock_does_not_go_back(merchant, order):
    """A negative or unreadable order is refused."""
    assert merchant.http.post("/simulator/clock/advance", json=order).status_code == 422
