"""What survives: everything that was answered, over kill and restart, and amounts that never fall."""

import itertools
import signal
import threading
import time
from contextlib import suppress

import httpx
import pytest

from simulator import settings
from simulator.settings import Settings


def test_everything_survives_a_kill(spawn):
    """Payments, captures under way, keys, faults, the log and the clock are there after SIGKILL and restart."""
    first = spawn("--capture-delay", "60", "--collect-delay", "60")
    merchant = first.wait_until_up()
    answered = merchant.create(reference="kept-1", key="kept")
    payment_id = answered.json()["payment"]["id"]
    merchant.approve(payment_id)
    merchant.create(reference="kept-2", token="token-mastercard-declined")
    merchant.fault("fail_before", operation="payments.get")
    merchant.advance(3600)
    told, logged = merchant.books(), merchant.requests()
    assert told[0]["status"] == "PAID"
    first.end(signal.SIGKILL)

    merchant = spawn("--capture-delay", "7200").wait_until_up()
    assert merchant.books() == told
    assert merchant.requests() == logged
    assert merchant.create(reference="kept-1", key="kept").content == answered.content
    assert merchant.get(payment_id).status_code == 500
    assert merchant.status(payment_id) == "PAID"
    ids = [line["payment_id"] for line in told]
    assert merchant.created(reference="kept-3") not in ids


def test_a_kill_while_slow_has_no_effect(spawn):
    """A request that dies with the simulator leaves its log entry, no payment, and a free key."""
    first = spawn()
    merchant = first.wait_until_up()
    merchant.fault("slow", seconds=30, operation="payments.create")
    with pytest.raises(TimeoutError):
        merchant.read_raw(merchant.raw("POST", "/v1/1234/payments", _body("killed"), key="killed"), timeout=0.3)
    first.end(signal.SIGKILL)
    merchant = spawn().wait_until_up()
    (entry,) = merchant.requests(merchant_reference_prefix="killed")
    assert (entry["status"], entry["processed"], entry["fault"]) == (None, False, "slow")
    assert merchant.books() == []
    assert merchant.create(reference="killed", key="killed").status_code == 201


def test_what_was_answered_is_in_the_books(spawn):
    """Killed in the middle of many requests, the simulator has lost no payment and no capture it told of."""
    first = spawn("--capture-delay", "60")
    merchant = first.wait_until_up()
    told = {}

    def keep_creating(name):
        with suppress(httpx.TransportError):
            for number in itertools.count():
                payment_id = merchant.create(reference=f"{name}-{number}").json()["payment"]["id"]
                told[payment_id] = "PENDING_APPROVAL"
                told[payment_id] = merchant.approve(payment_id).json()["payment"]["status"]

    threads = [threading.Thread(target=keep_creating, args=(f"load-{name}",)) for name in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    first.process.kill()
    for thread in threads:
        thread.join()
    first.end()
    kept = {line["payment_id"]: line["status"] for line in spawn().wait_until_up().books()}
    assert len(told) > 10
    for payment_id, status in told.items():
        # An approve whose answer was lost may be there as well: more than was told, never less.
        assert kept[payment_id] in {status, "CAPTURE_REQUESTED"}


def _body(reference):
    return {
        "order": {
            "amountOfMoney": {"amount": 5000, "currencyCode": "EUR"},
            "customer": {"billingAddress": {"countryCode": "NL"}},
            "references": {"merchantReference": reference},
        },
        "cardPaymentMethodSpecificInput": {"token": "token-visa-approved"},
    }


def test_it_says_where_it_is_and_stops_when_told(spawn):
    """One line with the address at the start; SIGTERM ends it without an error."""
    process = spawn()
    process.wait_until_up()
    assert process.line.startswith("Ingenico Connect simulator on http://127.0.0.1:")
    assert process.end(signal.SIGTERM) in {0, -signal.SIGTERM}


@pytest.mark.parametrize(
    "wrong", [{"merchant_id": "shop"}, {"merchant_id": "12345678901"}, {"capture_delay_seconds": -1.0}]
)
def test_impossible_settings_are_refused(wrong):
    """A merchant id that fits into no payment id, and time that runs back, are refused at the start."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        assert Settings(**wrong).merchants
    with pytest.raises(ValueError, match=next(iter(wrong))):
        settings.from_environment({}, **wrong)
