"""The control API: books, request log and clock as the demo and the tests ask them."""

import json
import sys
import time
from datetime import datetime, timedelta

import pytest

from simulator import settings
from simulator.__main__ import main


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


def test_accounts_can_be_added_and_changed(merchant, body):
    """A new account signs at once with each of its keys; a changed one no longer with its old key."""
    keys = [{"id": "other", "secret": "other-secret"}, {"id": "simulator-key", "secret": "simulator-secret"}]
    account = {"merchant_id": "55", "api_keys": keys, "multiple_captures": True}
    put = merchant.http.put("/simulator/merchants", json=account)
    assert put.status_code == 200
    assert put.json()["multiple_captures"] is True
    assert put.json() in merchant.http.get("/simulator/merchants").json()["merchants"]
    made = merchant.send("POST", "/v1/55/payments", body())
    assert made.json()["payment"]["status"] == "PENDING_CAPTURE"
    assert merchant.get(made.json()["payment"]["id"]).status_code == 404
    merchant.http.put("/simulator/merchants", json={**account, "api_keys": keys[:1]})
    assert merchant.send("POST", "/v1/55/payments", body()).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"merchant_id": "shop"}, "merchant_id"),
        ({"api_keys": []}, "api_keys"),
        ({"webhook_url": "shop.example/webhooks"}, "webhook_url"),
        ({"multiple_capture": True}, "multiple_capture"),
    ],
)
def test_impossible_accounts_are_refused(merchant, wrong, told):
    """With the name of what is wrong."""
    account = {"merchant_id": "56", "api_keys": [{"id": "key", "secret": "secret"}], **wrong}
    answered = merchant.http.put("/simulator/merchants", json=account)
    assert answered.status_code == 422
    assert told in answered.text


def test_changed_accounts_survive_a_restart(spawn):
    """What was put over the control API is in the books."""
    first = spawn()
    account = {"merchant_id": "57", "api_keys": [{"id": "simulator-key", "secret": "simulator-secret"}]}
    first.wait_until_up().http.put("/simulator/merchants", json=account)
    first.end()
    merchant = spawn().wait_until_up()
    assert merchant.send("GET", "/v1/57/services/testconnection").status_code == 200


def test_options_of_the_command_line(spawn, body, tmp_path):
    """Speed, delays, further accounts, keys and how the first account is set up."""
    accounts = tmp_path / "accounts.json"
    key = {"id": "simulator-key", "secret": "simulator-secret"}
    accounts.write_text(json.dumps([{"merchant_id": "77", "api_keys": [key], "requires_approval": False}]))
    options = ["--merchants", str(accounts), "--multiple-captures", "--refunds-require-approval", "--keyed", ""]
    merchant = spawn(*options, "--speed", "10000", "--capture-delay", "3600").wait_until_up()
    held = merchant.create(reference="options", key="no key is honoured")
    assert held.json()["payment"]["status"] == "PENDING_CAPTURE"
    assert merchant.create(reference="options", key="no key is honoured").status_code == 409
    content = body()
    del content["cardPaymentMethodSpecificInput"]["requiresApproval"]
    captured = merchant.send("POST", "/v1/77/payments", content).json()["payment"]
    assert captured["status"] == "CAPTURE_REQUESTED"
    time.sleep(0.5)
    assert merchant.send("GET", f"/v1/77/payments/{captured['id']}").json()["status"] == "PAID"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--speed", "0"], "speed"),
        (["--refund-delay", "-1"], "refund_delay_seconds"),
        (["--keyed", "payments.refnud"], "payments.refnud"),
        (["--merchants", "/nowhere/accounts.json"], "/nowhere/accounts.json"),
    ],
)
def test_wrong_options_are_told(monkeypatch, options, told):
    """One line says what is wrong, before anything listens."""
    monkeypatch.setattr(sys, "argv", ["simulator", "--port", "0", *options])
    with pytest.raises(SystemExit, match=told):
        main()


def test_a_wrong_file_of_accounts_is_told(tmp_path):
    """The file and the place in it."""
    wrong = tmp_path / "accounts.json"
    for content, told in [("{", "accounts.json"), ('[{"merchant_id": "shop", "api_keys": []}]', "0.merchant_id")]:
        wrong.write_text(content)
        with pytest.raises(ValueError, match=told):
            settings.merchants_from(wrong)


def test_mistakes_in_control_are_json(merchant):
    """Also what is refused by hand, and paths that are not there."""
    for path in ("/simulator/requests?operation=<b>", "/simulator/nothing"):
        assert "detail" in merchant.http.get(path).json()
