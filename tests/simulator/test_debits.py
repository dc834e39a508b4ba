"""Direct debits from promise to money and back, with the clock: ACH 730, SEPA by token 770, by mandate 771."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest
from worldline.connect.sdk.v1.domain.tokenize_payment_request import TokenizePaymentRequest
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams

from simulator.kernel.clock import DAY, moment
from simulator.kernel.desk import Desk
from simulator.mandates import book
from simulator.payments import accounts, changes, create, days, orders, timeline
from simulator.payments.context import Context
from simulator.settings import Settings

DIRECT, SEPA = "directDebitPaymentMethodSpecificInput", "sepaDirectDebitPaymentMethodSpecificInput"
BBAN = f"{DIRECT}.paymentProduct730SpecificInput.bankAccountBban"
COLLECTED, RETURNED = "NL08INGB0000000555", "NL98INGB0000000002"
DELAY = 4 * 86_400
SIGNED = {"mandateSignatureDate": "20200214", "mandateSignaturePlace": "Amsterdam", "mandateSigned": True}


@pytest.fixture
def bank(start):
    """A simulator whose clock no other test moves."""
    return start()


@pytest.fixture
def sdk(bank):
    with Factory.create_client_from_configuration(bank.configuration) as client:
        yield client.v1().merchant("1234")


def order(currency="EUR", amount=2345):
    return {
        "amountOfMoney": {"amount": amount, "currencyCode": currency},
        "customer": {"billingAddress": {"countryCode": "NL"}},
    }


def token_of(bank, iban=COLLECTED, *, signed=True):
    mandate = {
        "bankAccountIban": {"accountHolderName": "Theo Mayer", "iban": iban},
        "debtor": {"surname": "Mayer"},
        "mandateApproval": SIGNED if signed else {"mandateSigned": False},
    }
    content = {
        "paymentProductId": 770,
        "sepaDirectDebit": {"customer": {"billingAddress": {"countryCode": "NL"}}, "mandate": mandate},
    }
    return bank.send("POST", "/v1/1234/tokens", content).json()["token"]


def sepa(token, **block):
    return {"order": order(), SEPA: {"token": token, **block}}


def ach(number="123456789", **block):
    account = {"accountHolderName": "Wile E. Coyote", "accountNumber": number, "bankCode": "021000021"}
    given = {"paymentProductId": 730, "paymentProduct730SpecificInput": {"bankAccountBban": account}, **block}
    return {"order": order("USD"), DIRECT: given}


def paid(bank, content):
    """The payment of a debit that was accepted."""
    answered = bank.create(content)
    assert answered.status_code == 201, answered.text
    return answered.json()["payment"]


def refused(answered, field):
    assert answered.status_code == 400, answered.text
    assert field in {error.get("propertyName") for error in answered.json()["errors"]}


def day(bank, later=0):
    """A day of the simulator's clock as Connect writes it."""
    now = datetime.fromisoformat(bank.http.get("/simulator/clock").json()["now"])
    return f"{now + timedelta(hours=1, days=later):%Y%m%d}"


def test_sepa_by_token_looks_as_recorded(bank, recorded):
    """The answer to a debit by token has the fields and values of the recorded one."""
    token = token_of(bank)
    payment = paid(bank, {**sepa(token), "order": {**order(), "references": {"merchantReference": "AcmeOrder0001"}}})
    known = {
        "status": "PENDING_APPROVAL",
        "statusCode": 600,
        "statusCategory": "PENDING_MERCHANT",
        "isCancellable": True,
        "isAuthorized": False,
        "isRefundable": False,
    }
    shown = {"status": payment["status"], **payment["statusOutput"]}
    assert {name: shown[name] for name in known} == known
    assert payment["paymentOutput"]["paymentMethod"] == "directDebit"
    output = payment["paymentOutput"]["sepaDirectDebitPaymentMethodSpecificOutput"]
    assert (output["paymentProductId"], output["token"]) == (770, token)


def test_a_debit_through_the_sdk_until_the_money_is_back(sdk, bank):
    """Promise, approve, collection after its days, refund as a bank refund; the books at each step."""
    request = CreatePaymentRequest().from_dictionary(sepa(token_of(bank), paymentProductId=770))
    payment = sdk.payments().create(request).payment
    approved = sdk.payments().approve(payment.id, ApprovePaymentRequest())
    assert (approved.payment.status, approved.payment.status_output.is_authorized) == ("CAPTURE_REQUESTED", False)
    bank.advance(DELAY - 1)
    assert bank.status(payment.id) == "CAPTURE_REQUESTED"
    early = bank.send(
        "POST", f"/v1/1234/payments/{payment.id}/refund", {"amountOfMoney": {"amount": 1, "currencyCode": "EUR"}}
    )
    assert early.status_code == 402
    bank.advance(1)
    collected = sdk.payments().get(payment.id, GetPaymentParams())
    assert (collected.status, collected.status_output.status_code) == ("PAID", 1000)
    assert (collected.status_output.is_authorized, collected.status_output.is_refundable) == (True, True)
    back = RefundRequest().from_dictionary({"amountOfMoney": {"amount": 345, "currencyCode": "EUR"}})
    refund = sdk.payments().refund(payment.id, back)
    assert refund.refund_output.payment_method == "bankRefund"
    assert refund.refund_output.bank_refund_method_specific_output.total_amount_paid == 2345
    bank.advance(2)
    (line,) = bank.books()
    assert (line["captured"], line["collected"], line["refunded"], line["status"]) == (2345, 2345, 345, "PAID")


def test_a_full_refund_ends_a_debit(bank):
    """What went back whole is REFUNDED."""
    payment = paid(bank, ach())
    bank.approve(payment["id"])
    bank.advance(DELAY)
    content = {"amountOfMoney": {"amount": 2345, "currencyCode": "USD"}}
    assert bank.send("POST", f"/v1/1234/payments/{payment['id']}/refund", content).status_code == 201
    bank.advance(2)
    assert bank.status(payment["id"]) == "REFUNDED"


def test_a_return_takes_the_money_back(bank):
    """An account whose bank returns after two days: PAID, then REVERSED, and nothing to refund."""
    payment = paid(bank, sepa(token_of(bank, RETURNED), requiresApproval=False))
    assert payment["status"] == "CAPTURE_REQUESTED"
    bank.advance(DELAY)
    assert bank.status(payment["id"]) == "PAID"
    bank.advance(2 * 86_400)
    returned = bank.get(payment["id"]).json()
    assert (returned["status"], returned["statusOutput"]["statusCategory"]) == ("REVERSED", "REVERSED")
    assert (returned["statusOutput"]["isAuthorized"], returned["statusOutput"]["isRefundable"]) == (False, False)
    assert returned["paymentOutput"]["amountReversed"] == 2345
    content = {"amountOfMoney": {"amount": 1, "currencyCode": "EUR"}}
    assert bank.send("POST", f"/v1/1234/payments/{payment['id']}/refund", content).status_code == 402
    (line,) = bank.books()
    assert (line["collected"], line["reversed"]) == (2345, 2345)


def test_cancel_and_cancelapproval(bank):
    """A promise is cancelled; a queued collection is taken out of its queue, approved again and cancelled in it."""
    cancelled = paid(bank, ach())
    answered = bank.cancel(cancelled["id"]).json()
    assert answered["payment"]["status"] == "CANCELLED"
    assert "cardPaymentMethodSpecificOutput" not in answered
    assert bank.approve(cancelled["id"]).status_code == 402
    payment = paid(bank, ach())
    bank.approve(payment["id"])
    back = bank.send("POST", f"/v1/1234/payments/{payment['id']}/cancelapproval")
    assert (back.status_code, back.json()["payment"]["status"]) == (200, "PENDING_APPROVAL")
    bank.advance(2 * DELAY)
    assert bank.status(payment["id"]) == "PENDING_APPROVAL"
    assert bank.approve(payment["id"]).json()["payment"]["status"] == "CAPTURE_REQUESTED"
    bank.advance(DELAY / 2 + 1)
    assert bank.cancel(payment["id"]).status_code == 402
    assert bank.send("POST", f"/v1/1234/payments/{payment['id']}/cancelapproval").status_code == 402


def test_a_lower_approve(bank):
    """Less than the promise may be collected; the rest is released."""
    payment = paid(bank, ach())
    answered = bank.approve(payment["id"], {"amount": 2000})
    assert (answered.status_code, "cardPaymentMethodSpecificOutput" in answered.json()) == (200, False)
    bank.advance(DELAY)
    (line,) = bank.books()
    assert (line["status"], line["collected"], line["voided"]) == ("PAID", 2000, 345)


def test_the_day_of_collection(bank):
    """DateCollect holds the collection back; an approve may move it; days that are over are refused."""
    late = paid(bank, ach(dateCollect=day(bank, 10)))
    moved = paid(bank, ach(dateCollect=day(bank, 10)))
    at_once = paid(bank, sepa(token_of(bank), requiresApproval=False, dateCollect=day(bank, 10)))
    bank.approve(late["id"])
    content = {DIRECT: {"dateCollect": day(bank, 20)}}
    assert bank.approve(moved["id"], content).status_code == 200
    bank.advance(9 * 86_400 - 3600)
    assert {bank.status(each["id"]) for each in (late, moved, at_once)} == {"CAPTURE_REQUESTED"}
    bank.advance(86_400 + 3600)
    assert [bank.status(each["id"]) for each in (late, moved, at_once)] == ["PAID", "CAPTURE_REQUESTED", "PAID"]
    bank.advance(10 * 86_400)
    assert bank.status(moved["id"]) == "PAID"
    refused(bank.create(ach(dateCollect=day(bank, -1))), f"{DIRECT}.dateCollect")
    refused(bank.create(ach(dateCollect="20260231")), f"{DIRECT}.dateCollect")
    waiting = paid(bank, ach())
    refused(bank.approve(waiting["id"], {DIRECT: {"dateCollect": day(bank, -1)}}), f"{DIRECT}.dateCollect")
    refused(bank.approve(waiting["id"], {SEPA: {"dateCollect": day(bank, 1)}}), SEPA)
    assert bank.status(waiting["id"]) == "PENDING_APPROVAL"


def test_approve_may_name_another_token(bank):
    """Its account is the one that is collected from; an unsigned or foreign token is refused."""
    payment = paid(bank, sepa(token_of(bank)))
    unsigned = token_of(bank, "NL91ABNA0417164300", signed=False)
    for token in (unsigned, "nobodys", "token-visa-approved"):
        refused(bank.approve(payment["id"], {SEPA: {"token": token}}), f"{SEPA}.token")
    assert bank.approve(payment["id"], {SEPA: {"token": token_of(bank, RETURNED)}}).status_code == 200
    bank.advance(DELAY + 2 * 86_400)
    assert bank.status(payment["id"]) == "REVERSED"


def test_an_unsigned_token_does_not_pay_until_it_is_approved(bank):
    """Refused by name, paid after approve, refused again after deletion."""
    token = token_of(bank, signed=False)
    refused(bank.create(sepa(token)), f"{SEPA}.token")
    assert bank.send("POST", f"/v1/1234/tokens/{token}/approvesepadirectdebit", SIGNED).status_code == 204
    assert paid(bank, sepa(token))["status"] == "PENDING_APPROVAL"
    bank.send("DELETE", f"/v1/1234/tokens/{token}")
    refused(bank.create(sepa(token)), f"{SEPA}.token")


def test_what_sepa_refuses(bank):
    """No token, a card's token, another currency, product or method's block, nothing to collect."""
    token = token_of(bank)
    refused(bank.create({"order": order(), SEPA: {"paymentProductId": 770}}), f"{SEPA}.token")
    refused(bank.create(sepa("token-visa-approved")), f"{SEPA}.token")
    refused(bank.create({**sepa(token), "order": order("USD")}), "order.amountOfMoney.currencyCode")
    refused(bank.create(sepa(token, paymentProductId=730)), f"{SEPA}.paymentProductId")
    refused(bank.create(sepa(token, paymentProduct771SpecificInput={})), f"{SEPA}.paymentProduct771SpecificInput")
    refused(
        bank.create(sepa(token, recurringPaymentSequenceIndicator="next")), f"{SEPA}.recurringPaymentSequenceIndicator"
    )
    refused(bank.create({**sepa(token), "order": order(amount=0)}), "order.amountOfMoney.amount")
    refused(bank.create({"order": order("USD"), DIRECT: {"paymentProductId": 730, "token": token}}), f"{DIRECT}.token")


def test_what_ach_refuses(bank):
    """Another product, a wrong routing number, missing parts, token and account together."""
    refused(bank.create(ach(paymentProductId=705)), f"{DIRECT}.paymentProductId")
    content = ach()
    content[DIRECT]["paymentProduct730SpecificInput"]["bankAccountBban"]["bankCode"] = "021000022"
    refused(bank.create(content), f"{BBAN}.bankCode")
    refused(bank.create({"order": order("USD"), DIRECT: {"paymentProductId": 730}}), f"{BBAN}.accountNumber")
    refused(bank.create(ach(token="x")), f"{DIRECT}.token")


def test_ach_is_tokenized_while_paying_and_pays_by_token(sdk, bank):
    """Tokenize makes a token, the same account has the same one, and it pays; so does tokenize afterwards."""
    first = bank.create(ach(tokenize=True)).json()["creationOutput"]
    second = bank.create(ach(isRecurring=True)).json()["creationOutput"]
    assert (first["isNewToken"], second["isNewToken"]) == (True, False)
    assert first["token"] == second["token"]
    content = {"order": order("USD"), DIRECT: {"paymentProductId": 730, "token": first["token"]}}
    assert paid(bank, content)["paymentOutput"]["paymentMethod"] == "directDebit"
    shown = sdk.tokens().get(first["token"]).non_sepa_direct_debit
    assert shown.mandate.payment_product730_specific_data.bank_account_bban.account_number == "*****6789"
    other = paid(bank, ach("555000111"))
    made = sdk.payments().tokenize(other["id"], TokenizePaymentRequest())
    assert (made.is_new_token, made.original_payment_id) == (True, other["id"])


def test_a_sepa_payment_is_tokenized_to_its_token(bank):
    """By token there is one already; by mandate there is none to make."""
    token = token_of(bank)
    payment = paid(bank, sepa(token))
    answered = bank.send("POST", f"/v1/1234/payments/{payment['id']}/tokenize", {})
    assert (answered.status_code, answered.json()["token"], answered.json()["isNewToken"]) == (200, token, False)


def test_an_account_that_refuses(bank):
    """A test account that the bank declines: 402 with the rejected payment, and a unique mandate that stays unused."""
    answered = bank.create(ach("999420080"))
    assert answered.status_code == 402
    assert answered.json()["paymentResult"]["payment"]["status"] == "REJECTED"
    mandate = {
        "customerReference": "customer-42",
        "recurrenceType": "UNIQUE",
        "signatureType": "UNSIGNED",
        "uniqueMandateReference": "DECLINED-1",
        "customer": {
            "bankAccountIban": {"accountHolderName": "Theo Mayer", "iban": "NL08INGB0001234567"},
            "companyName": "Acme",
            "mandateAddress": {"countryCode": "NL"},
        },
    }
    block = {"paymentProductId": 771, "paymentProduct771SpecificInput": {"mandate": mandate}}
    assert bank.create({"order": order(), SEPA: block}).status_code == 402
    assert bank.send("GET", "/v1/1234/mandates/DECLINED-1").json()["mandate"]["status"] == "ACTIVE"


def test_a_signature_lets_the_payment_go_on():
    """After the page: the mandate is signed and used up, the payment waits for its approval."""
    desk = Desk.open(Settings())
    context = Context(merchant_id="1234", now=1_000, base_url="http://simulator.test")
    mandate = {
        "customerReference": "customer-42",
        "recurrenceType": "UNIQUE",
        "signatureType": "SMS",
        "returnUrl": "http://shop.test/signed",
        "customer": {
            "bankAccountIban": {"accountHolderName": "Theo Mayer", "iban": COLLECTED},
            "companyName": "Acme",
            "mandateAddress": {"countryCode": "NL"},
        },
    }
    block = {"paymentProductId": 771, "paymentProduct771SpecificInput": {"mandate": mandate}}
    signed, left = (
        create.place(desk, context, orders.parse(desk, context, {"order": order(), SEPA: block})) for _ in range(2)
    )
    signed = changes.customer_returned(desk, signed, 2_000, "done")
    left = changes.customer_returned(desk, left, 2_000, "cancelled")
    assert [timeline.state_at(each, 2_000).status for each in (signed, left)] == ["PENDING_APPROVAL", "REJECTED"]
    mandates = [book.by_id(desk, each.redirect["mandate"]) for each in (signed, left)]
    assert [book.status_at(each, 2_000) for each in mandates] == ["USED", "CREATED"]
    desk.books.close()


@given(st.integers(0, 400 * 366 * DAY), st.integers(0, 50))
def test_no_money_comes_before_the_day_of_collection(now, later):
    """Whatever the time and the day: collected not before the day begins, nor before the usual delay."""
    desk = Desk.open(Settings())
    context = Context(merchant_id="1234", now=now, base_url="")
    wanted = days.today(now) + timedelta(days=later)
    content = ach(requiresApproval=False, dateCollect=f"{wanted:%Y%m%d}")
    payment = create.place(desk, context, orders.parse(desk, context, content))
    (came,) = (each.at for each in timeline.moments(payment) if each.status == "PAID")
    assert came == max(now + DELAY * 1_000_000, days.begins(wanted))
    assert moment(came).year >= 1970
    desk.books.close()


@given(st.from_regex("[A-Z0-9]{8,30}", fullmatch=True))
def test_one_check_fits_an_iban(bban):
    """ISO 13616: of all two digits one pair passes, from 02 to 98."""
    passing = [each for each in range(100) if accounts.passes_iban_check(f"NL{each:02d}{bban}")]
    assert len(passing) == 1
    assert 2 <= passing[0] <= 98
