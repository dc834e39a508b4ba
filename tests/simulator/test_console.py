"""The page at `/`, as a browser gets it: what it shows, what it keeps to itself, and the form for the clock."""

import re
from datetime import datetime, timedelta

import pytest

ORIGIN = {"Origin": "http://elsewhere.example"}


def shown(merchant, **query):
    answered = merchant.http.get("/", params=query)
    assert answered.status_code == 200
    assert answered.headers["content-type"].startswith("text/html")
    return answered.text


def now(merchant):
    return datetime.fromisoformat(merchant.http.get("/simulator/clock").json()["now"])


def cells(html, section):
    """The text of the rows of a section's tables, cell by cell."""
    part = html.partition(f'<section id="{section}"')[2].partition("</section>")[0]
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)[1:]:
        texts = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        found.append(texts)
    return found


def test_payments_with_status_and_sums(merchant):
    """The newest first, amounts as people write them, yen without decimals; a reference narrows everything."""
    merchant.created(reference="shown-1", amount=1268000, currency="JPY")
    declined = merchant.create(reference="shown-2", token="token-mastercard-declined")
    assert declined.status_code == 402
    first, second = cells(shown(merchant, prefix="shown-"), "payments")
    assert first[:4] == ["shown-2", "REJECTED", "126.80 EUR", ""]
    assert second[:4] == ["shown-1", "PENDING_APPROVAL", "12,680 JPY", "12,680 JPY"]
    assert len(cells(shown(merchant, prefix="shown-1"), "payments")) == 1


def test_the_life_of_one_payment(merchant):
    """Where one payment is left, its changes are told, those still to come as well."""
    merchant.approve(merchant.created(reference="lonely-1"))
    html = shown(merchant, prefix="lonely-1")
    life = html.partition('id="life"')[2].partition("</section>")[0]
    assert re.findall(r'badge \w+">([A-Z_]+)<', life) == ["PENDING_APPROVAL", "CAPTURE_REQUESTED", "CAPTURED", "PAID"]
    assert life.count("still to come") == 2


def test_refunds_requests_and_faults(merchant):
    """A refund under its payment, each request with what became of it, and what is ordered to go wrong."""
    payment_id = merchant.created(reference="busy-1", authorizationMode="SALE")
    merchant.advance(120)
    content = {"amountOfMoney": {"amount": 680, "currencyCode": "EUR"}}
    merchant.send("POST", f"/v1/1234/payments/{payment_id}/refund", content, key="busy")
    merchant.fault("slow", seconds=3, operation="payments.get", merchant_reference_prefix="busy", count=2)
    html = shown(merchant, prefix="busy-1")
    assert [row[:3] for row in cells(html, "refunds")] == [["busy-1", "REFUND_REQUESTED", "6.80 EUR"]]
    (refund, _) = cells(html, "requests")
    assert refund[1:7] == ["payments.refund", "201", "busy-1", "carried out", "", "busy"]
    assert [row[1:] for row in cells(html, "faults")] == [["slow", "payments.get", "busy", "2", "seconds 3.0"]]


def test_events_and_their_faults(start, eventually):
    """Events that nobody takes are shown as retrying, with the reason; ordered ones with their order."""
    merchant = start(webhook_url="http://127.0.0.1:9/nobody")
    order = {"fault": "drop", "type": "payment.cancelled", "count": 2}
    assert merchant.http.post("/simulator/webhooks/faults", json=order).status_code == 201
    merchant.cancel(merchant.created(reference="event-1"))
    rows = eventually(lambda: len(found := cells(shown(merchant), "webhooks")) == 2 and found[1][4] != "0" and found)
    dropped, retrying = rows
    assert dropped[1:4] + dropped[7:8] == ["payment.cancelled", "event-1", "dropped", "drop"]
    assert retrying[1:4] + retrying[5:6] == ["payment.pending_approval", "event-1", "retrying", "ClientConnectorError"]
    assert [row[1:3] + row[4:5] for row in cells(shown(merchant), "faults")] == [["drop", "payment.cancelled", "1"]]


def test_no_secret_is_shown(merchant):
    """Accounts are shown by their keys' ids."""
    html = shown(merchant)
    assert "simulator-key" in html
    assert "simulator-secret" not in html
    assert "simulator-webhook-secret" not in html


def test_everything_is_escaped_and_no_script_runs(merchant):
    """What somebody put into a reference or the address is text."""
    merchant.created(reference="<script>alert(1)</script>")
    html = shown(merchant, prefix="<script>")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "default-src 'none'" in merchant.http.get("/").headers["content-security-policy"]


def test_it_refreshes_when_asked(merchant):
    """By itself only where the person wants it."""
    assert 'http-equiv="refresh"' in shown(merchant, refresh="yes")
    assert 'http-equiv="refresh"' not in shown(merchant)


def test_the_form_moves_the_clock(merchant):
    """Forward, and back to the page as it was narrowed."""
    before = now(merchant)
    moved = merchant.http.post("/console/clock", data={"seconds": "86400", "prefix": "a b"})
    assert (moved.status_code, moved.headers["location"]) == (303, "/?prefix=a+b")
    assert now(merchant) - before >= timedelta(days=1)


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        ({"seconds": "-1"}, {}, 422),
        ({"seconds": "soon"}, {}, 422),
        ({"seconds": "nan"}, {}, 422),
        ({"seconds": "1e99"}, {}, 422),
        ({}, {}, 422),
        ({"seconds": "86400"}, ORIGIN, 403),
    ],
)
def test_what_does_not_move_the_clock(merchant, form, headers, status):
    """Nonsense, and forms of other sites."""
    before = now(merchant)
    assert merchant.http.post("/console/clock", data=form, headers=headers).status_code == status
    assert now(merchant) - before < timedelta(minutes=1)


def test_an_empty_simulator(start):
    """Nothing yet is said in words."""
    html = shown(start())
    for words in ("No payment yet.", "No refund yet.", "No event yet.", "No request yet.", "For requests: none."):
        assert words in html


def test_it_stays_readable_with_many_payments(start):
    """The latest fifty are shown, and how many there are."""
    merchant = start()
    for _ in range(52):
        merchant.created()
    html = shown(merchant)
    assert len(cells(html, "payments")) == 50
    assert "52 in all, the latest 50" in html
