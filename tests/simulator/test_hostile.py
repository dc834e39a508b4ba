"""What nobody sends by mistake: it is refused in the words of the API, harms nobody's browser, and leaves no trace."""

import json
import signal
import time
from email.utils import formatdate

import pytest

from simulator.kernel.books import Books
from simulator.webhooks import deliveries
from simulator.webhooks.deliveries import Event

IBAN = "DE89370400440532013000"
SHOP = "https://shop.example/thanks"
NOWHERE = [
    "javascript://%0aalert(1)",
    "JavaScript://x",
    "data://text",
    "file:///etc/hosts",
    "http://[x",
    "http://x:abc/",
    "https://x/\x00",
]


def checkout(body, return_url=SHOP, **blocks):
    return {"order": body()["order"], "hostedCheckoutSpecificInput": {"returnUrl": return_url}, **blocks}


def mandate(**changes):
    customer = {
        "bankAccountIban": {"iban": IBAN, "accountHolderName": "Wile E. Coyote"},
        "mandateAddress": {"countryCode": "DE"},
        "personalInformation": {"name": {"firstName": "Wile", "surname": "Coyote"}, "title": "Mr"},
    }
    terms = {"customerReference": "c-1", "recurrenceType": "UNIQUE", "signatureType": "UNSIGNED"}
    return {**terms, "customer": customer, **changes}


@pytest.mark.parametrize("url", NOWHERE)
def test_no_customer_is_sent_to_something_that_runs(merchant, body, url):
    """A return address is refused where it would be a script, a file of this machine, or no address at all."""
    asked = merchant.send("POST", "/v1/1234/hostedcheckouts", checkout(body, url))
    redirect = {"paymentProductId": 809, "redirectionData": {"returnUrl": url}}
    paid = merchant.create({"order": body()["order"], "redirectPaymentMethodSpecificInput": redirect})
    signed = merchant.send("POST", "/v1/1234/mandates", mandate(signatureType="SMS", returnUrl=url))
    for answered, field in ((asked, "hostedCheckoutSpecificInput.returnUrl"), (signed, "returnUrl")):
        assert answered.status_code == 400
        assert [error["propertyName"] for error in answered.json()["errors"]] == [field]
    assert paid.status_code == 400
    (error,) = paid.json()["errors"]
    assert error["propertyName"] == "redirectPaymentMethodSpecificInput.redirectionData.returnUrl"


def test_an_old_signature_is_not_refreshed_by_a_second_date(merchant):
    """Of two Dates one would be signed and the other one timely."""
    path = "/v1/1234/services/testconnection"
    old = merchant.headers("GET", path, date=formatdate(time.time() - 86_400, usegmt=True))
    for fresh in ([("Date", formatdate(usegmt=True)), *old.items()], [*old.items(), ("Date", formatdate(usegmt=True))]):
        lines = "".join(f"{name}: {value}\r\n" for name, value in fresh)
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"
        assert merchant.read_raw(request.encode()).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "date", ["Fri, 06 Jun 99999999999999999999 13:39:43 GMT", "6 Jun 2014 1:1:99999999999999999999 GMT"]
)
def test_an_impossible_date_is_no_signature(merchant, date):
    """A year or second that no calendar has is refused like any other wrong Date."""
    assert merchant.send("GET", "/v1/1234/services/testconnection", date=date).status_code == 403


@pytest.mark.parametrize("path", ["/v1/1234/payments/", "/client/v1/1/products/"])
def test_an_address_with_one_sign_too_many_is_unknown(merchant, path):
    """It is not sent elsewhere: a client of this API follows no redirects."""
    answered = merchant.send("GET", path)
    assert (answered.status_code, "location" in answered.headers) == (404, False)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("clock/advance", '{"seconds": NaN}'),
        ("clock/advance", '{"seconds": Infinity}'),
        ("faults", '{"fault": "slow", "seconds": NaN}'),
        ("faults", '{"fault": "fail_before", "seed": 1e400}'),
    ],
)
def test_an_order_with_a_number_that_is_none(merchant, path, content):
    """422 for what Python reads as a number and JSON has none of."""
    answered = merchant.http.post(f"/simulator/{path}", content=content, headers={"Content-Type": "application/json"})
    assert answered.status_code == 422


@pytest.mark.parametrize("path", ["/v1/1234/payments", "/client/v1/1/services/getIINdetails", "/simulator/faults"])
def test_a_body_without_end_is_not_read(merchant, path):
    """413 before it fills the memory, signed or not."""
    assert merchant.http.post(path, content=b" " * 13 * 1024 * 1024).status_code == 413


@pytest.mark.parametrize("listing", ["requests", "webhooks"])
def test_a_number_that_no_entry_has(merchant, listing):
    """422 beyond what the books can count to."""
    assert merchant.http.get(f"/simulator/{listing}", params={"after": 2**63}).status_code == 422
    assert merchant.http.get(f"/simulator/{listing}", params={"after": 2**63 - 1}).json() == {listing: []}


def test_a_wrong_account_is_not_told_back(merchant):
    """The answer names the field; the secret beside it stays unsaid."""
    account = {"merchant_id": "x", "api_keys": [{"id": "k", "secret": "do-not-tell"}], "more": 1}
    answered = merchant.http.put("/simulator/merchants", json=account)
    assert answered.status_code == 422
    assert "merchant_id" in answered.text
    assert "do-not-tell" not in answered.text


def test_an_origin_that_is_no_address_moves_no_clock(merchant):
    """The form is refused as from any other site."""
    answered = merchant.http.post("/console/clock", data={"seconds": "1"}, headers={"Origin": "http://[x"})
    assert answered.status_code == 403


def test_no_account_number_stays_in_the_books(tmp_path, start, body):
    """Neither one that the customer is to type anyway, nor one that was told as an alias."""
    books = tmp_path / "books.sqlite"
    merchant = start(data=str(books))
    debit = {"paymentProduct771SpecificInput": {"mandate": mandate()}}
    management = {"returnUrl": SHOP}
    accepted = [
        merchant.send("POST", "/v1/1234/mandates", mandate()),
        merchant.send(
            "POST", "/v1/1234/hostedcheckouts", checkout(body, sepaDirectDebitPaymentMethodSpecificInput=debit)
        ),
        merchant.send(
            "POST",
            "/v1/1234/hostedmandatemanagements",
            {"createMandateInfo": mandate(), "hostedMandateManagementSpecificInput": management},
        ),
    ]
    assert [answered.status_code for answered in accepted] == [201, 200, 201]
    spelled = {"paymentProduct771SpecificInput": {"mandate": mandate(alias=IBAN)}}
    refused = [
        merchant.send("POST", "/v1/1234/mandates", mandate(alias=IBAN)),
        merchant.send(
            "POST", "/v1/1234/hostedcheckouts", checkout(body, sepaDirectDebitPaymentMethodSpecificInput=spelled)
        ),
        merchant.send(
            "POST",
            "/v1/1234/hostedmandatemanagements",
            {"createMandateInfo": mandate(alias=IBAN), "hostedMandateManagementSpecificInput": management},
        ),
    ]
    assert [answered.status_code for answered in refused] == [400, 400, 400]
    assert all(answered.json()["errors"][0]["propertyName"].endswith("alias") for answered in refused)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert json.dumps("Coyote").encode() in kept
    assert IBAN.encode() not in kept


def test_a_clock_that_runs_fast_does_not_fall_back(spawn):
    """A simulator that is told to stop goes on at the time at which it stopped."""
    first = spawn("--speed", "3600")
    merchant = first.wait_until_up()
    time.sleep(0.3)
    before = merchant.http.get("/simulator/clock").json()["now"]
    first.end(signal.SIGTERM)
    assert spawn("--speed", "3600").wait_until_up().http.get("/simulator/clock").json()["now"] >= before


def test_events_hold_the_clock_up():
    """After SIGKILL it is not before the last event that was written or delivered."""
    books = Books()
    event = Event(
        event_id="1", type="payment.paid", object_id="1", merchant_id="1", merchant_reference=None, body=b"{}",
        created_at=5_000_000,
    )  # fmt: skip
    number = deliveries.insert(books, event, 5_000_000)
    assert books.latest() == 5_000_000
    row = books.row("SELECT * FROM deliveries WHERE number = ?", number)
    deliveries.delivered(books, row, "200", 7_000_000)
    assert books.latest() == 7_000_000
