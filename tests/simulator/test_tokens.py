"""Tokens by the official SDK's typed client and by raw requests: what is kept, shown, changed, refused and told."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.approve_token_request import ApproveTokenRequest
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.create_token_request import CreateTokenRequest
from worldline.connect.sdk.v1.domain.tokenize_payment_request import TokenizePaymentRequest
from worldline.connect.sdk.v1.domain.update_token_request import UpdateTokenRequest
from worldline.connect.sdk.v1.merchant.tokens.delete_token_params import DeleteTokenParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException

from simulator.kernel import documents
from simulator.kernel.clock import DAY
from simulator.kernel.desk import Desk
from simulator.payments import accounts, cards, days
from simulator.settings import Settings
from simulator.tokens import book, vault

IBAN = "NL53INGB0000000036"
TOKENS = "/v1/1234/tokens"
ACH = "nonSepaDirectDebit.mandate.paymentProduct730SpecificData"


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234")


def card_body(number="4012000033330026", **card):
    data = {"cardWithoutCvv": {"cardNumber": number, "expiryDate": "1239", "cardholderName": "W. Coyote", **card}}
    customer = {"merchantCustomerId": "42", "billingAddress": {"countryCode": "NL"}}
    return {"paymentProductId": 1, "card": {"customer": customer, "data": data}}


def sepa_body(iban=IBAN, *, signed=False):
    mandate = {
        "bankAccountIban": {"accountHolderName": "Theo Mayer", "iban": iban},
        "debtor": {"surname": "Mayer"},
        "isRecurring": True,
    }
    if signed:
        mandate["mandateApproval"] = approval()
    return {
        "paymentProductId": 770,
        "sepaDirectDebit": {"customer": {"billingAddress": {"countryCode": "NL"}}, "mandate": mandate},
    }


def approval(**changes):
    return {
        "mandateSignatureDate": "20200214",
        "mandateSignaturePlace": "Amsterdam",
        "mandateSigned": True,
        **changes,
    }


def bban_body(number="123456789", routing="021000021"):
    account = {"accountHolderName": "Wile E. Coyote", "accountNumber": number, "bankCode": routing}
    return {
        "paymentProductId": 730,
        "nonSepaDirectDebit": {"mandate": {"paymentProduct730SpecificData": {"bankAccountBban": account}}},
    }


def created(merchant, content):
    answered = merchant.send("POST", TOKENS, content)
    assert answered.status_code in {200, 201}, answered.text
    return answered.json()["token"]


def fresh_card(place):
    """A valid number that no other test uses."""
    body = f"400055{place:09d}"
    return next(f"{body}{digit}" for digit in range(10) if cards.passes_luhn(f"{body}{digit}"))


def test_a_card_token_from_creation_to_deletion(sdk, merchant):
    """The typed client creates, reads, renews and deletes a token; the number comes back masked alone."""
    number = fresh_card(1)
    request = CreateTokenRequest().from_dictionary(card_body(number))
    made = sdk.tokens().create(request)
    assert (made.is_new_token, made.original_payment_id) == (True, None)
    found = sdk.tokens().get(made.token)
    assert (found.id, found.payment_product_id) == (made.token, 1)
    assert found.card.alias == f"************{number[-4:]}"
    assert found.card.data.card_without_cvv.card_number == f"************{number[-4:]}"
    assert found.card.data.card_without_cvv.expiry_date == "1239"
    assert found.card.customer.merchant_customer_id == "42"
    change = {"card": {"alias": "private", "data": {"cardWithoutCvv": {"expiryDate": "1140"}}}}
    assert sdk.tokens().update(made.token, UpdateTokenRequest().from_dictionary(change)) is None
    changed = sdk.tokens().get(made.token)
    assert (changed.card.alias, changed.card.data.card_without_cvv.expiry_date) == ("private", "1140")
    assert changed.card.data.card_without_cvv.cardholder_name == "W. Coyote"
    assert sdk.tokens().delete(made.token, DeleteTokenParams()) is None
    with pytest.raises(ReferenceException) as gone:
        sdk.tokens().get(made.token)
    assert gone.value.status_code == 410
    assert merchant.create(token=made.token).status_code == 400


def test_the_same_card_has_the_same_token(merchant):
    """A second create answers 200 and changes nothing; after deletion the card gets another token."""
    number = fresh_card(2)
    first = merchant.send("POST", TOKENS, card_body(number))
    assert (first.status_code, first.json()["isNewToken"]) == (201, True)
    assert first.headers["location"].endswith(f"/tokens/{first.json()['token']}")
    second = merchant.send("POST", TOKENS, card_body(number, expiryDate="0138"))
    assert second.status_code == 200
    assert second.json() == {"token": first.json()["token"], "isNewToken": False}
    shown = merchant.send("GET", f"{TOKENS}/{first.json()['token']}").json()
    assert shown["card"]["data"]["cardWithoutCvv"]["expiryDate"] == "1239"
    assert merchant.send("DELETE", f"{TOKENS}/{first.json()['token']}").status_code == 204
    assert created(merchant, card_body(number)) != first.json()["token"]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "paymentProductId"),
        ({"paymentProductId": 1}, "card"),
        ({**card_body(), "eWallet": {"alias": "x"}}, "eWallet"),
        ({**card_body(), "paymentProductId": 770}, "paymentProductId"),
        (card_body(expiryDate="0120"), "card.data.cardWithoutCvv.expiryDate"),
        ({"paymentProductId": 1, "card": {}}, "card.data.cardWithoutCvv.cardNumber"),
        ({**card_body(), "card": {**card_body()["card"], "alias": "4012000033330026"}}, "card.alias"),
        (sepa_body("NL53INGB0000000037"), "sepaDirectDebit.mandate.bankAccountIban.iban"),
        ({"paymentProductId": 770, "sepaDirectDebit": {}}, "sepaDirectDebit.mandate.debtor.surname"),
        (bban_body(routing="021000022"), f"{ACH}.bankAccountBban.bankCode"),
        ({"paymentProductId": 840, "eWallet": {}}, "eWallet.data.billingAgreementId"),
        ({**bban_body(), "paymentProductId": 705}, ACH),
    ],
)  # fmt: skip
def test_a_wrong_body_is_400_and_named(merchant, content, field):
    """Exactly one block, of the product, complete and valid: each mistake names its field."""
    answered = merchant.send("POST", TOKENS, content)
    assert answered.status_code == 400
    assert field in {error.get("propertyName") for error in answered.json()["errors"]}


def test_a_wrong_card_number_is_the_recorded_error(merchant):
    """A number that fails Luhn has the error of a payment with such a card."""
    answered = merchant.send("POST", TOKENS, card_body("4012000033330027"))
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (400, "21000020")


def test_unknown_tokens_are_404(merchant):
    """Each call on a token that is not there answers 404 in JSON."""
    for method, path, content in (
        ("GET", f"{TOKENS}/nobody", None),
        ("PUT", f"{TOKENS}/nobody", card_body()),
        ("DELETE", f"{TOKENS}/nobody", None),
        ("POST", f"{TOKENS}/nobody/approvesepadirectdebit", approval()),
    ):
        answered = merchant.send(method, path, content)
        assert (answered.status_code, answered.json()["errors"][0]["propertyName"]) == (404, "tokenId")


def test_deleted_tokens_are_410(merchant):
    """Each call on a deleted token answers 410."""
    token = created(merchant, card_body(fresh_card(3)))
    merchant.send("DELETE", f"{TOKENS}/{token}")
    for method, content in (("GET", None), ("PUT", card_body()), ("DELETE", None)):
        assert merchant.send(method, f"{TOKENS}/{token}", content).status_code == 410


def test_the_tokens_of_every_account_are_shown(sdk):
    """A token that is there from the start can be read, not changed."""
    found = sdk.tokens().get("token-visa-approved")
    assert found.card.data.card_without_cvv.card_number == "************7977"


def test_another_number_is_refused(merchant):
    """An update may repeat the number, masked or whole; another one, kind or product is refused by name."""
    number = fresh_card(4)
    token = created(merchant, card_body(number))
    path = f"{TOKENS}/{token}"
    for repeated in (number, f"************{number[-4:]}"):
        content = {"card": {"data": {"cardWithoutCvv": {"cardNumber": repeated}}}}
        assert merchant.send("PUT", path, content).status_code == 204
    for content, field in (
        (card_body(fresh_card(5)), "card.data.cardWithoutCvv.cardNumber"),
        ({"card": {"data": {"cardWithoutCvv": {"expiryDate": "0120"}}}}, "card.data.cardWithoutCvv.expiryDate"),
        (sepa_body(), "sepaDirectDebit"),
        ({"paymentProductId": 3, "card": {}}, "paymentProductId"),
        ({}, "card"),
    ):
        answered = merchant.send("PUT", path, content)
        assert answered.status_code == 400
        assert answered.json()["errors"][0]["propertyName"] == field
    shown = merchant.send("GET", path).json()["card"]["data"]["cardWithoutCvv"]
    assert shown["cardNumber"] == f"************{number[-4:]}"


def test_an_update_of_an_account_keeps_its_number(merchant):
    """The name on an account may change, its number may not; both kinds of account."""
    sepa, bban = created(merchant, sepa_body("DE89370400440532013000")), created(merchant, bban_body("5550001111"))
    iban, ach = "sepaDirectDebit.mandate.bankAccountIban", "paymentProduct730SpecificData"
    content = {"sepaDirectDebit": {"mandate": {"bankAccountIban": {"iban": "DE89 3704 0044 0532 0130 00"}}}}
    assert merchant.send("PUT", f"{TOKENS}/{sepa}", content).status_code == 204
    refused = merchant.send("PUT", f"{TOKENS}/{sepa}", sepa_body())
    assert refused.json()["errors"][0]["propertyName"] == f"{iban}.iban"
    renamed = {"nonSepaDirectDebit": {"mandate": {ach: {"bankAccountBban": {"accountHolderName": "R. Runner"}}}}}
    assert merchant.send("PUT", f"{TOKENS}/{bban}", renamed).status_code == 204
    account = merchant.send("GET", f"{TOKENS}/{bban}").json()["nonSepaDirectDebit"]["mandate"][ach]["bankAccountBban"]
    assert account == {"accountHolderName": "R. Runner", "accountNumber": "******1111", "bankCode": "021000021"}
    assert merchant.send("PUT", f"{TOKENS}/{bban}", bban_body("5550001112")).status_code == 400


def test_an_unsigned_sepa_token_is_approved_once(sdk, merchant):
    """GET shows mandate, creditor and signature; the signature is given once, whole, and not for the future."""
    made = sdk.tokens().create(CreateTokenRequest().from_dictionary(sepa_body("NL91ABNA0417164300")))
    found = sdk.tokens().get(made.token).sepa_direct_debit
    assert found.alias == found.mandate.bank_account_iban.iban == "NL91**********4300"
    assert found.mandate.mandate_id
    assert found.mandate.creditor.id == "NL61ZZZ012345670000"
    assert found.mandate.mandate_approval.mandate_signed is False
    path = f"{TOKENS}/{made.token}/approvesepadirectdebit"
    for content, field in (
        (approval(mandateSigned=False), "mandateSigned"),
        (approval(mandateSignatureDate="20201331"), "mandateSignatureDate"),
        (approval(mandateSignatureDate="29990101"), "mandateSignatureDate"),
        ({"mandateSigned": True, "mandateSignatureDate": "20200101"}, "mandateSignaturePlace"),
    ):
        answered = merchant.send("POST", path, content)
        assert (answered.status_code, answered.json()["errors"][0]["propertyName"]) == (400, field)
    request = ApproveTokenRequest().from_dictionary(approval())
    assert sdk.tokens().approvesepadirectdebit(made.token, request) is None
    signed = sdk.tokens().get(made.token).sepa_direct_debit.mandate
    assert (signed.mandate_approval.mandate_signed, signed.mandate_id) == (True, found.mandate.mandate_id)
    again = merchant.send("POST", path, approval())
    assert (again.status_code, again.json()["errors"][0]["code"]) == (402, "410110")


def test_only_sepa_tokens_are_approved_and_cancelled_by_date(merchant):
    """Approve needs a SEPA token; mandateCancelDate needs one too, and a real day."""
    card = created(merchant, card_body(fresh_card(6)))
    assert merchant.send("POST", f"{TOKENS}/{card}/approvesepadirectdebit", approval()).status_code == 402
    assert merchant.send("DELETE", f"{TOKENS}/{card}?mandateCancelDate=20270101").status_code == 400
    sepa = created(merchant, sepa_body("BE68539007547034"))
    wrong = merchant.send("DELETE", f"{TOKENS}/{sepa}?mandateCancelDate=20270230")
    assert (wrong.status_code, wrong.json()["errors"][0]["propertyName"]) == (400, "mandateCancelDate")
    assert merchant.send("DELETE", f"{TOKENS}/{sepa}?mandateCancelDate=20270101").status_code == 204
    assert merchant.send("GET", f"{TOKENS}/{sepa}").status_code == 410


def test_wallets_and_british_accounts_are_kept(sdk):
    """The two further kinds that the SDK's types allow."""
    wallet = {"paymentProductId": 840, "eWallet": {"data": {"billingAgreementId": "B-7FB31251F28061234"}}}
    made = sdk.tokens().create(CreateTokenRequest().from_dictionary(wallet))
    found = sdk.tokens().get(made.token)
    assert found.e_wallet.data.billing_agreement_id == "B-7FB31251F28061234"
    account = {"accountHolderName": "Theo Mayer", "accountNumber": "31926819", "bankCode": "601613"}
    data = {"authorisationId": "AU12345", "bankAccountBban": account}
    british = {
        "paymentProductId": 705,
        "nonSepaDirectDebit": {"mandate": {"paymentProduct705SpecificData": data}},
    }
    made = sdk.tokens().create(CreateTokenRequest().from_dictionary(british))
    shown = sdk.tokens().get(made.token).non_sepa_direct_debit.mandate.payment_product705_specific_data
    assert (shown.authorisation_id, shown.bank_account_bban.account_number) == ("AU12345", "****6819")


def test_a_payment_is_tokenized(sdk, body, merchant):
    """A made payment's card becomes a token once; it pays again, and tells from which payment it comes."""
    number = fresh_card(7)
    content = body()
    content["cardPaymentMethodSpecificInput"] = {
        "paymentProductId": 1,
        "card": {"cardNumber": number, "expiryDate": "1239", "cvv": "123"},
    }
    payment = sdk.payments().create(CreatePaymentRequest().from_dictionary(content)).payment
    request = TokenizePaymentRequest().from_dictionary({"alias": "my card"})
    first, second = sdk.payments().tokenize(payment.id, request), sdk.payments().tokenize(payment.id, request)
    assert (first.is_new_token, second.is_new_token) == (True, False)
    assert first.token == second.token
    assert first.original_payment_id == second.original_payment_id == payment.id
    found = sdk.tokens().get(first.token)
    assert (found.card.alias, found.original_payment_id) == ("my card", payment.id)
    assert merchant.created(token=first.token)


def test_an_unsuccessful_payment_is_not_tokenized(merchant, body):
    """Declined, cancelled, on its way, at a bank: 402 with 410110."""
    declined = merchant.create(token="token-mastercard-declined").json()["paymentResult"]["payment"]["id"]
    cancelled = merchant.created()
    merchant.cancel(cancelled)
    redirect = body()
    del redirect["cardPaymentMethodSpecificInput"]
    redirect["redirectPaymentMethodSpecificInput"] = {
        "paymentProductId": 809,
        "redirectionData": {"returnUrl": "http://shop.test/back"},
    }
    redirected = merchant.create(redirect).json()["payment"]["id"]
    for payment_id in (declined, cancelled, redirected):
        answered = merchant.send("POST", f"/v1/1234/payments/{payment_id}/tokenize", {"alias": "x"})
        assert (answered.status_code, answered.json()["errors"][0]["code"]) == (402, "410110")
    wrong = merchant.send("POST", f"/v1/1234/payments/{merchant.created()}/tokenize", {"alias": IBAN})
    assert (wrong.status_code, wrong.json()["errors"][0]["propertyName"]) == (400, "alias")


def test_a_lagging_lookup_does_not_know_what_was_just_done(merchant):
    """The fault lag lets get speak of the past: no token yet."""
    token = created(merchant, card_body(fresh_card(8)))
    merchant.fault("lag", operation="tokens.get", seconds=3600)
    assert merchant.send("GET", f"{TOKENS}/{token}").status_code == 404
    assert merchant.send("GET", f"{TOKENS}/{token}").status_code == 200


def test_the_books_hold_no_number(tmp_path, start):
    """After card, IBAN and account number were kept, none of them stands in the file."""
    card, bban = fresh_card(9), "9876543210"
    iban = next(
        candidate for check in range(2, 99) if accounts.passes_iban_check(candidate := f"NL{check:02d}INGB0009876500")
    )
    merchant = start(data=str(tmp_path / "books.sqlite"))
    for content in (card_body(card), sepa_body(iban), bban_body(bban)):
        created(merchant, content)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for number in (card, iban, bban):
        assert number.encode() not in written


@given(st.integers(1, 12), st.integers(27, 60), st.integers(0, 40 * 366))
def test_a_cards_end_is_told_beforehand(month, year, offset):
    """Soon when the month before the last begins, expired when the last is over, neither for what lies behind."""
    desk = Desk.open(Settings())
    now = days.begins(datetime(2026, 11, 1, tzinfo=UTC).date()) + offset * DAY
    card = cards.of_number("4000000000000002", f"{month:02d}{year:02d}")
    token, _ = vault.keep_card(desk, "1234", card, now)
    document = documents.load(desk.books, book.KIND, "1234", token)
    told = book.changes(document)
    assert told[0] == (now, "created")
    soon, over = days.month_begins(2000 + year, month, -1), days.month_begins(2000 + year, month, 1)
    expected = [(at, word) for at, word in ((soon, "expiring_soon"), (over, "expired")) if at > now]
    assert told[1:] == expected
    assert [at for at, _ in told] == sorted(at for at, _ in told)
    desk.books.close()


def test_a_cards_last_months_are_told_and_declined(start, eventually):
    """The simulator's clock brings the events; a card that is over is declined until the token is renewed."""
    merchant = start(webhook_url="http://127.0.0.1:9/events")
    now = datetime.fromisoformat(merchant.http.get("/simulator/clock").json()["now"])
    token = created(merchant, card_body(fresh_card(11), expiryDate=f"12{now.year + 1 - 2000}"))
    merchant.send("PUT", f"{TOKENS}/{token}", {"card": {"alias": "mine"}})
    assert merchant.create(token=token).status_code == 201
    for _ in range(2):
        merchant.advance(366 * 86_400)

    def told():
        events = merchant.http.get("/simulator/webhooks", params={"type": kind}).json()["webhooks"]
        return [merchant.http.get(f"/simulator/webhooks/{event['event_id']}").json() for event in events]

    for kind in ("token.created", "token.updated", "token.expiring_soon", "token.expired"):
        (event,) = eventually(told)
        assert (event["type"], event["token"]["id"]) == (kind, token)
        assert (event["token"]["card"]["alias"] == "mine") == (kind != "token.created")
    declined = merchant.create(token=token)
    assert (declined.status_code, declined.json()["errors"][0]["code"]) == (402, "430306")
    renewal = {"card": {"data": {"cardWithoutCvv": {"expiryDate": "1249"}}}}
    assert merchant.send("PUT", f"{TOKENS}/{token}", renewal).status_code == 204
    assert merchant.create(token=token).status_code == 201


def test_each_event_shows_the_token_as_it_was():
    """Created shows the first alias, updated the second, deleted the id alone and nothing of the card's end."""
    desk = Desk.open(Settings())
    card = cards.of_number("4000000000000002", "1240")
    token, _ = vault.keep_card(desk, "1234", card, 1_000, alias="first")
    document = documents.load(desk.books, book.KIND, "1234", token)
    shown = {**(book.shown_at(document, 1_000) or {}), "card": {**document.content["versions"][0]["shown"]["card"]}}
    shown["card"]["alias"] = "second"
    book.change(desk, document, {name: value for name, value in shown.items() if name != "id"}, {}, 2_000)
    book.remove(desk, documents.load(desk.books, book.KIND, "1234", token), 3_000)
    document = documents.load(desk.books, book.KIND, "1234", token)
    assert book.changes(document) == [(1_000, "created"), (2_000, "updated"), (3_000, "deleted")]
    bodies = [book.event_body(document, place) for place in range(3)]
    assert [body.get("card", {}).get("alias") for body in bodies] == ["first", "second", None]
    assert bodies[2] == {"id": token}
    assert "vault" not in document.content
    desk.books.close()


@given(st.from_regex(re.compile("[0-9]{4,17}", re.ASCII), fullmatch=True))
def test_an_account_number_is_masked(number):
    """As long as the number, and never more of it than four digits."""
    account = accounts.of_bban("021000021", number)
    assert len(account.masked) == len(number)
    assert number.endswith(account.masked.lstrip("*"))
    assert len(account.masked.lstrip("*")) <= 4
