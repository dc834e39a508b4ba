"""The test data, played: every row of the tables in docs/simulator.md does what it says."""

import re
import time
from contextlib import closing

import pytest

from simulator.payments import triggers
from tests.simulator import documentation
from tests.simulator.conftest import order_body, running
from tests.simulator.customers import Customer

DAY = 86_400
CARD = "cardPaymentMethodSpecificInput"
SECURE = {"redirectionData": {"returnUrl": "https://shop.example/thanks"}}


def table(name):
    """The rows of one of the page's tables, as a reader sees them."""
    lines = documentation.block(documentation.PAGE.read_text(), name).splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


DECLINES = {code: (message, again == "yes") for code, message, again in table("declines")}


@pytest.fixture(scope="module")
def bank():
    with running(capture_delay_seconds=60, collect_delay_seconds=60, debit_delay_seconds=60) as merchant:
        yield merchant


def typed(number, *, amount=12680, currency="EUR", cvv="", city="", surname="", **card_input):
    """A create payment with a typed card."""
    card = {"cardNumber": number, "expiryDate": "1249"} | ({"cvv": cvv} if cvv else {})
    body = order_body(amount=amount, currency=currency, card=card, **card_input)
    del body[CARD]["token"]
    customer = body["order"]["customer"]
    if city:
        customer["billingAddress"]["city"] = city
    if surname:
        customer["personalInformation"] = {"name": {"surname": surname}}
    return body


def results(answered):
    """Authorization code, AVS, CVV and fraud result of a payment that was accepted."""
    assert answered.status_code == 201, answered.text
    output = answered.json()["payment"]["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    fraud = output["fraudResults"]
    return output["authorisationCode"], fraud["avsResult"], fraud["cvvResult"], fraud["fraudServiceResult"]


def is_declined(answered, code, status_code=100):
    """A decline as the page's table of declines has it."""
    assert answered.status_code == 402, answered.text
    message, again = DECLINES[code]
    (error,) = answered.json()["errors"]
    assert (error["code"], error["message"]) == (code, message)
    payment = answered.json()["paymentResult"]["payment"]
    assert payment["status"] == "REJECTED"
    assert payment["statusOutput"]["isRetriable"] is again
    assert payment["statusOutput"]["statusCode"] == status_code


@pytest.mark.parametrize("row", table("official cards"), ids=" ".join)
def test_the_vendors_cards(bank, row):
    """By card, CVV, amount and currency: the result, what the address says, what the CVV says."""
    number, cvv, amount, currency, result, avs, cvv_result = row
    answered = bank.create(typed(number, amount=int(amount), currency=currency, cvv=cvv))
    if result in DECLINES:
        is_declined(answered, result)
        return
    assert results(answered) == (result, avs, cvv_result, "no-advice")
    expected = "PENDING_APPROVAL" if int(amount) else "ACCOUNT_VERIFIED"
    assert answered.json()["payment"]["status"] == expected


def pay(bank, token, **changes):
    """The id of a payment that was accepted and has been paid."""
    payment_id = bank.created(token=token, authorizationMode="SALE", **changes)
    bank.advance(120)
    assert bank.status(payment_id) == "PAID"
    return payment_id


def refund(bank, payment_id):
    content = {"amountOfMoney": {"amount": 100, "currencyCode": "EUR"}}
    return bank.send("POST", f"/v1/1234/payments/{payment_id}/refund", content)


def play_authorized(bank, token, number):
    assert results(bank.create(typed(number)))[0] == "OK1131"
    assert results(bank.create(order_body(token=token)))[0] == "OK1131"


def play_frictionless(bank, token, number):
    secured = bank.create(order_body(token=token, threeDSecure=SECURE)).json()["payment"]
    output = secured["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    assert output["threeDSecureResults"]["threeDSecureData"]["method"] == "frictionless"
    plain = bank.create(typed(number)).json()["payment"]
    assert "threeDSecureResults" not in plain["paymentOutput"]["cardPaymentMethodSpecificOutput"]


def play_challenge(bank, token, number):
    assert challenged(bank, order_body(token=token, threeDSecure=SECURE)) == "PENDING_APPROVAL"
    assert bank.create(typed(number)).json()["payment"]["status"] == "PENDING_APPROVAL"


def play_failing_challenge(bank, token, number):
    assert challenged(bank, typed(number, threeDSecure=SECURE)) == "REJECTED"
    assert bank.create(order_body(token=token)).json()["payment"]["status"] == "PENDING_APPROVAL"


def play_completion(bank, token, number):
    assert challenged(bank, typed(number, threeDSecure=SECURE)) == "PENDING_COMPLETION"
    assert bank.create(order_body(token=token)).json()["payment"]["status"] == "PENDING_APPROVAL"


def challenged(bank, body):
    """The status after the customer typed the right code at the issuer's page, as often as it was asked."""
    created = bank.create(body).json()
    assert created["payment"]["status"] == "REDIRECTED"
    with closing(Customer()) as customer:
        customer.open(created["merchantAction"]["redirectData"]["redirectURL"])
        while not customer.arrived:
            customer.press("Confirm", code="1234")
    return bank.status(created["payment"]["id"])


def play_capture_rejected(bank, token, _):
    payment_id = bank.created(token=token)
    assert bank.approve(payment_id).status_code == 200
    bank.advance(60)
    assert bank.status(payment_id) == "REJECTED_CAPTURE"


def play_refund_declined(bank, token, _):
    answered = refund(bank, pay(bank, token))
    assert answered.status_code == 402
    assert answered.json()["refundResult"]["status"] == "REJECTED"


def play_refund_rejected(bank, token, _):
    answered = refund(bank, pay(bank, token))
    assert answered.status_code == 201
    bank.advance(2)
    refunded = bank.send("GET", f"/v1/1234/refunds/{answered.json()['id']}").json()
    assert refunded["status"] == "REJECTED_CAPTURE"


def play_chargeback(bank, token, _):
    payment_id = pay(bank, token)
    bank.advance(5 * DAY)
    assert bank.status(payment_id) == "CHARGEBACK_NOTIFICATION"
    bank.advance(5 * DAY)
    assert bank.status(payment_id) == "CHARGEBACKED"


PLAYS = {
    "authorized": play_authorized,
    "frictionless": play_frictionless,
    "challenge": play_challenge,
    "challenge that fails": play_failing_challenge,
    "challenge, then completion": play_completion,
    "capture rejected": play_capture_rejected,
    "refund declined": play_refund_declined,
    "refund rejected later": play_refund_rejected,
    "chargeback after 10 days": play_chargeback,
}


@pytest.mark.parametrize("row", table("cards"), ids=" ".join)
def test_the_cards(bank, row):
    """Each card and its token, through everything that the page says of them."""
    number, token, what = row
    if what in DECLINES:
        is_declined(bank.create(typed(number)), what)
        if token:
            is_declined(bank.create(order_body(token=token)), what)
        return
    PLAYS[what](bank, token, number)


def ach(number, surname=""):
    account = {"accountHolderName": "Wile E. Coyote", "accountNumber": number, "bankCode": "021000021"}
    given = {"paymentProductId": 730, "paymentProduct730SpecificInput": {"bankAccountBban": account}}
    return {"order": debit_order("USD", surname), "directDebitPaymentMethodSpecificInput": given}


def sepa(bank, iban, surname=""):
    mandate = {
        "bankAccountIban": {"accountHolderName": "Theo Mayer", "iban": iban},
        "debtor": {"surname": "Mayer"},
        "mandateApproval": {
            "mandateSignatureDate": "20200214",
            "mandateSignaturePlace": "Amsterdam",
            "mandateSigned": True,
        },
    }
    customer = {"billingAddress": {"countryCode": "NL"}}
    content = {"paymentProductId": 770, "sepaDirectDebit": {"customer": customer, "mandate": mandate}}
    made = bank.send("POST", "/v1/1234/tokens", content)
    assert made.status_code in {200, 201}, made.text
    given = {"token": made.json()["token"]}
    return {"order": debit_order("EUR", surname), "sepaDirectDebitPaymentMethodSpecificInput": given}


def debit_order(currency, surname):
    customer = {"billingAddress": {"countryCode": "NL"}}
    if surname:
        customer["personalInformation"] = {"name": {"surname": surname}}
    return {"amountOfMoney": {"amount": 2345, "currencyCode": currency}, "customer": customer}


def comes_back(bank, body, days):
    """A debit is paid, and has come back after so many days, not a day before."""
    payment_id = bank.create(body).json()["payment"]["id"]
    assert bank.approve(payment_id).status_code == 200
    bank.advance(60)
    assert bank.status(payment_id) == "PAID"
    bank.advance((days - 1) * DAY)
    assert bank.status(payment_id) == "PAID"
    bank.advance(DAY)
    assert bank.status(payment_id) == "REVERSED"


@pytest.mark.parametrize("row", table("accounts"), ids=" ".join)
def test_the_accounts(bank, row):
    """Each IBAN by a signed token, each account number by ACH."""
    account, what = row
    body = ach(account) if account.isdigit() else sepa(bank, account)
    if what in DECLINES:
        is_declined(bank.create(body), what)
    elif what == "collected":
        payment_id = bank.create(body).json()["payment"]["id"]
        assert bank.approve(payment_id).status_code == 200
        bank.advance(60 + 100 * DAY)
        assert bank.status(payment_id) == "PAID"
    else:
        comes_back(bank, body, int(re.search("([0-9]+) days", what)[1]))


def test_every_decline_has_a_card_or_an_account():
    """No code of the table stands there without something that brings it about."""
    played = {row[2] for row in table("cards")} | {row[4] for row in table("official cards")}
    played |= {row[1] for row in table("accounts")}
    assert set(DECLINES) <= played


def test_names_that_bring_money_back(bank):
    """A surname with a number of days, for any card and any account; a declined one stays declined."""
    payment_id = bank.create(typed("4111111111111111", surname="Mc CHARGEBACK-7", authorizationMode="SALE")).json()
    bank.advance(120 + 7 * DAY)
    assert bank.status(payment_id["payment"]["id"]) == "CHARGEBACKED"
    comes_back(bank, ach("123456789", "RETURN-5"), 5)
    comes_back(bank, sepa(bank, "NL08INGB0000000555", "Mayer RETURN-1"), 1)
    is_declined(bank.create(ach("999420080", "RETURN-5")), "420080")


def test_cities(bank):
    """Amsterdam is accepted, Calais waits for a person, Denver is denied; skipFraudService lets all pass."""
    number = "4111111111111111"
    assert results(bank.create(typed(number, city=" amsterdam ")))[3] == "accepted"
    challenged_payment = bank.create(typed(number, city="Calais")).json()["payment"]
    assert challenged_payment["status"] == "PENDING_FRAUD_APPROVAL"
    assert challenged_payment["statusOutput"]["statusCode"] == 525
    payment_id = challenged_payment["id"]
    assert bank.send("POST", f"/v1/1234/payments/{payment_id}/processchallenged").status_code == 200
    assert bank.status(payment_id) == "PENDING_APPROVAL"
    is_declined(bank.create(typed(number, city="Denver")), "430421", status_code=160)
    for city in ("Amsterdam", "Calais", "Denver"):
        assert results(bank.create(typed(number, city=city, skipFraudService=True)))[3] == "no-advice"
    assert results(bank.create(typed(number, city="Paris")))[3] == "no-advice"


def test_a_declined_card_in_denver_has_its_own_decline(bank):
    """One reason is told."""
    is_declined(bank.create(typed("4543059790016721", city="Denver")), "430306")


def test_who_is_challenged(bank):
    """Any card where the merchant requires it; nobody where authentication is skipped or comes from elsewhere."""
    number = "4111111111111111"

    def status(card, **secure):
        return bank.create(typed(card, threeDSecure={**SECURE, **secure})).json()["payment"]["status"]

    assert status(number) == "PENDING_APPROVAL"
    assert status(number, challengeIndicator="challenge-requested") == "PENDING_APPROVAL"
    assert status(number, challengeIndicator="challenge-required") == "REDIRECTED"
    assert status("4000000030020004", challengeIndicator="no-challenge-requested") == "REDIRECTED"
    assert status("4000000030020004", skipAuthentication=True) == "PENDING_APPROVAL"


def test_a_cvv_chooses_the_row(bank):
    """Another CVV, or none, is another row or none."""
    for cvv, result in {"124": "OK2316", "125": "OK5830", "126": "OK1131", "": "OK1131"}.items():
        assert results(bank.create(typed("4012000033330026", amount=1100, currency="CAD", cvv=cvv)))[0] == result


def test_the_mastercard_with_two_stories(bank):
    """Declined as a live suite saw it, approved where the vendor's page lists amount and currency."""
    for amount, currency in [(100, "USD"), (2997, "USD"), (12680, "EUR"), (1144, "USD")]:
        is_declined(bank.create(typed("5424180279791732", amount=amount, currency=currency)), "430330")
    assert results(bank.create(typed("5424180279791732", amount=1144, currency="CAD")))[:2] == ("OK2341", "X")


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("FAIL-BEFORE-", 500),
        ("FAIL-AFTER-", 500),
        ("DROP-BEFORE-", None),
        ("DROP-AFTER-", None),
        ("HALF-ANSWER-", None),
        ("IN-PROGRESS-", 409),
    ],
)
def test_references_that_bring_faults(bank, start, first):
    """The first create goes wrong as the name says, its repeat succeeds, and other references are spared."""
    assert start in {row[0] for row in table("references")}
    reference = f"{start}1"
    request = bank.raw("POST", "/v1/1234/payments", order_body(reference=reference), key=reference)
    received = bank.read_raw(request) if first is None else bank.create(reference=reference, key=reference)
    assert first is None or received.status_code == first
    assert first is not None or isinstance(received, ConnectionResetError) or b"201" in received
    assert bank.create(reference=reference, key=reference).status_code == 201
    assert len(bank.books(reference)) == 1
    assert bank.created(reference=f"x{reference}")


def test_a_slow_reference(bank):
    """The first create waits as long as it says."""
    began = time.monotonic()
    bank.created(reference="SLOW-1-order")
    assert time.monotonic() - began >= 1
    assert bank.requests(merchant_reference_prefix="SLOW-1")[0]["fault"] == "slow"


def test_look_ups_are_quick():
    """Outcomes are found by dictionary: far more in a second than there are requests."""
    facts = triggers.Facts(amount=1500, currency="USD", cvv="123", city="Calais")
    began = time.perf_counter()
    for _ in range(10_000):
        triggers.of_card("4012000033330026", facts)
    assert time.perf_counter() - began < 1
