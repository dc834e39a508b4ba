"""Mandates by the official SDK's typed clients and by raw requests: made, signed, blocked, used up, expired."""

import itertools

import orjson
import pytest
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.create_hosted_mandate_management_request import (
    CreateHostedMandateManagementRequest,
)
from worldline.connect.sdk.v1.domain.create_mandate_request import CreateMandateRequest
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.reference_exception import ReferenceException

from simulator.kernel import documents
from simulator.kernel.calls import Call, Refusal
from simulator.kernel.clock import DAY
from simulator.kernel.desk import Desk
from simulator.mandates import book, calls, hosted
from simulator.payments.context import Context
from simulator.settings import Settings

MANDATES = "/v1/1234/mandates"
BLOCK = "sepaDirectDebitPaymentMethodSpecificInput"
SPECIFIC = f"{BLOCK}.paymentProduct771SpecificInput"
REFERENCES = (f"MANDATE-{number}" for number in itertools.count(1))


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234")


def mandate_body(*, recurrence="RECURRING", signature="UNSIGNED", **changes):
    given = {
        "customerReference": "customer-42",
        "recurrenceType": recurrence,
        "signatureType": signature,
        "language": "nl",
        "customer": customer(),
        **changes,
    }
    return {**given, "returnUrl": "http://shop.test/signed"} if signature == "SMS" else given


def customer():
    return {
        "bankAccountIban": {"accountHolderName": "Wile E. Coyote", "iban": "NL53 INGB 0000 0000 36"},
        "mandateAddress": {"city": "Monument Valley", "countryCode": "NL"},
        "personalInformation": {"name": {"firstName": "Wile", "surname": "Coyote"}},
    }


def debit_body(**specific):
    return {
        "order": {
            "amountOfMoney": {"amount": 2345, "currencyCode": "EUR"},
            "customer": {"billingAddress": {"countryCode": "NL"}},
        },
        BLOCK: {"paymentProductId": 771, "paymentProduct771SpecificInput": specific},
    }


def created(merchant, content=None):
    reference = next(REFERENCES)
    answered = merchant.send("PUT", f"{MANDATES}/{reference}", content or mandate_body())
    assert answered.status_code == 201, answered.text
    return reference


def status(merchant, reference):
    return merchant.send("GET", f"{MANDATES}/{reference}").json()["mandate"]["status"]


def refused(answered, status_code, field):
    assert answered.status_code == status_code, answered.text
    return field in {error.get("propertyName") for error in answered.json()["errors"]}


def test_an_unsigned_mandate_through_the_sdk(sdk):
    """Create, get, block, unblock and revoke; the account is masked and stands for a missing alias."""
    made = sdk.mandates().create(CreateMandateRequest().from_dictionary(mandate_body()))
    assert made.merchant_action is None
    mandate = made.mandate
    assert (mandate.status, mandate.recurrence_type, mandate.customer_reference) == (
        "ACTIVE",
        "RECURRING",
        "customer-42",
    )
    assert mandate.alias == mandate.customer.bank_account_iban.iban == "NL53**********0036"
    reference = mandate.unique_mandate_reference
    assert sdk.mandates().get(reference).mandate.to_dictionary() == mandate.to_dictionary()
    assert sdk.mandates().block(reference).mandate.status == "BLOCKED"
    assert sdk.mandates().unblock(reference).mandate.status == "ACTIVE"
    assert sdk.mandates().revoke(reference).mandate.status == "REVOKED"


def test_a_reference_of_the_merchants(sdk):
    """PUT takes the reference of the path; the same again is a conflict, an unknown one is 404."""
    reference = next(REFERENCES)
    request = CreateMandateRequest().from_dictionary(mandate_body(alias="household"))
    made = sdk.mandates().create_with_mandate_reference(reference, request)
    assert (made.mandate.unique_mandate_reference, made.mandate.alias) == (reference, "household")
    with pytest.raises(ReferenceException) as twice:
        sdk.mandates().create_with_mandate_reference(reference, request)
    assert twice.value.status_code == 409
    with pytest.raises(ReferenceException) as unknown:
        sdk.mandates().get("nobodys")
    assert unknown.value.status_code == 404


def test_a_path_and_a_body_that_disagree(merchant):
    """The reference of the body, if there is one, is that of the path."""
    content = mandate_body(uniqueMandateReference="other")
    assert refused(merchant.send("PUT", f"{MANDATES}/{next(REFERENCES)}", content), 400, "uniqueMandateReference")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customerReference": None}, "customerReference"),
        ({"recurrenceType": "WEEKLY"}, "recurrenceType"),
        ({"signatureType": None}, "signatureType"),
        ({"signatureType": "SMS"}, "returnUrl"),
        ({"language": "xx"}, "language"),
        ({"uniqueMandateReference": "with/slash"}, "uniqueMandateReference"),
        ({"customer": None}, "customer.bankAccountIban.iban"),
        ({"customer": {**customer(), "personalInformation": {}}}, "customer.personalInformation.name.surname"),
        (
            {"customer": {**customer(), "bankAccountIban": {"accountHolderName": "W", "iban": "NL00INGB0000000036"}}},
            "customer.bankAccountIban.iban",
        ),
    ],
)
def test_a_wrong_mandate_is_400_and_named(merchant, change, field):
    """Each missing or wrong field is named."""
    assert refused(merchant.send("POST", MANDATES, {**mandate_body(), **change}), 400, field)


@pytest.mark.parametrize(
    ("before", "action"),
    [
        ((), "unblock"),
        (("block",), "block"),
        (("revoke",), "block"),
        (("revoke",), "unblock"),
        (("revoke",), "revoke"),
    ],
)
def test_a_wrong_transition_is_402(merchant, before, action):
    """What the status does not allow is refused with 410110 and changes nothing."""
    reference = created(merchant)
    for earlier in before:
        assert merchant.send("POST", f"{MANDATES}/{reference}/{earlier}").status_code == 200
    was = status(merchant, reference)
    answered = merchant.send("POST", f"{MANDATES}/{reference}/{action}")
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (402, "410110")
    assert status(merchant, reference) == was


def test_a_mandate_to_be_signed_sends_the_customer_away(sdk, merchant):
    """SMS: CREATED, a page to sign on, unusable until then."""
    made = sdk.mandates().create(CreateMandateRequest().from_dictionary(mandate_body(signature="SMS")))
    redirect = made.merchant_action.redirect_data
    assert (made.merchant_action.action_type, made.mandate.status) == ("REDIRECT", "CREATED")
    assert redirect.redirect_url.startswith(f"{merchant.url}/pages/mandate/")
    assert redirect.redirect_url.endswith(f"?mac={redirect.returnmac}")
    reference = made.mandate.unique_mandate_reference
    answered = merchant.create(debit_body(existingUniqueMandateReference=reference))
    assert refused(answered, 400, f"{SPECIFIC}.existingUniqueMandateReference")


def desk_with(content):
    """A desk of its own whose clock the test holds, and a mandate in its books."""
    desk = Desk.open(Settings())
    with desk.books.transaction():
        answered = calls.create(desk, call("mandates.create", content, at=0))
    assert answered.status == 201
    return desk, documents.search(desk.books, book.KIND)[0]


def call(operation, content, *, at, **params):
    return Call(
        operation=operation,
        method="POST",
        target="/",
        headers=(),
        body=b"" if content is None else orjson.dumps(content),
        merchant_id="1234",
        base_url="http://simulator.test",
        at=at,
        params=params,
    )


def test_a_signature_makes_it_active_once():
    """Signing twice changes nothing more; a revoked mandate cannot be signed any more."""
    desk, document = desk_with(mandate_body(signature="SMS"))
    assert book.page_url(document).startswith("http://simulator.test/pages/mandate/1234-")
    document = book.sign(desk, document, 5)
    assert (book.status_at(document, 4), book.status_at(document, 5)) == ("CREATED", "ACTIVE")
    assert book.sign(desk, document, 9) == document
    revoked = book.move(desk, document, book.REVOKED, 10)
    assert book.status_at(book.sign(desk, revoked, 11), 11) == "REVOKED"
    desk.books.close()


def test_a_mandate_expires_after_36_unused_months():
    """Each use begins the time anew; blocking does not; an expired one cannot be unblocked."""
    desk, document = desk_with(mandate_body())
    years = 3 * 365 * DAY + DAY  # 1970 to 1973, with the leap day of 1972
    assert (book.status_at(document, years - 1), book.status_at(document, years)) == ("ACTIVE", "EXPIRED")
    document = book.use(desk, document, 100 * DAY)
    assert book.status_at(document, years) == "ACTIVE"
    assert book.status_at(document, 100 * DAY + years) == "EXPIRED"
    document = book.move(desk, document, book.BLOCKED, 200 * DAY)
    assert book.status_at(document, 100 * DAY + years - 1) == "BLOCKED"
    assert book.status_at(document, 100 * DAY + years) == "EXPIRED"
    reference = book.reference_of(document)
    unblock = call("mandates.unblock", None, at=100 * DAY + years, uniqueMandateReference=reference)
    with pytest.raises(Refusal):
        calls.moving(book.UNBLOCK)(desk, unblock)
    desk.books.close()


def test_a_payment_by_an_existing_mandate(sdk):
    """A RECURRING mandate pays again and again; the payment tells which one it was."""
    reference = (
        sdk.mandates().create(CreateMandateRequest().from_dictionary(mandate_body())).mandate.unique_mandate_reference
    )
    for _ in range(2):
        request = CreatePaymentRequest().from_dictionary(debit_body(existingUniqueMandateReference=reference))
        payment = sdk.payments().create(request).payment
        output = payment.payment_output.sepa_direct_debit_payment_method_specific_output
        assert (payment.status, payment.status_output.is_authorized) == ("PENDING_APPROVAL", False)
        assert (output.payment_product_id, output.token) == (771, None)
        assert output.payment_product771_specific_output.mandate_reference == reference
    assert sdk.mandates().get(reference).mandate.status == "ACTIVE"


def test_a_unique_mandate_pays_once(merchant):
    """After one payment it is USED: neither paid by nor revoked."""
    reference = created(merchant, mandate_body(recurrence="UNIQUE"))
    assert merchant.create(debit_body(existingUniqueMandateReference=reference)).status_code == 201
    assert status(merchant, reference) == "USED"
    again = merchant.create(debit_body(mandateReference=reference))
    assert refused(again, 400, f"{SPECIFIC}.mandateReference")
    assert merchant.send("POST", f"{MANDATES}/{reference}/revoke").status_code == 402


@pytest.mark.parametrize("action", ["block", "revoke"])
def test_a_mandate_out_of_force_does_not_pay(merchant, action):
    """Blocked and revoked mandates are refused by name; an unblocked one pays again."""
    reference = created(merchant)
    merchant.send("POST", f"{MANDATES}/{reference}/{action}")
    answered = merchant.create(debit_body(existingUniqueMandateReference=reference))
    assert refused(answered, 400, f"{SPECIFIC}.existingUniqueMandateReference")
    if action == "block":
        merchant.send("POST", f"{MANDATES}/{reference}/unblock")
        assert merchant.create(debit_body(existingUniqueMandateReference=reference)).status_code == 201


def test_a_mandate_that_comes_with_the_payment(merchant):
    """It is written with the payment, and found by its reference; a refused payment writes none."""
    reference = next(REFERENCES)
    content = debit_body(mandate=mandate_body(recurrence="UNIQUE", uniqueMandateReference=reference))
    wrong = {**content, "order": {**content["order"], "amountOfMoney": {"amount": 1, "currencyCode": "USD"}}}
    assert refused(merchant.create(wrong), 400, "order.amountOfMoney.currencyCode")
    assert merchant.send("GET", f"{MANDATES}/{reference}").status_code == 404
    payment = merchant.create(content).json()["payment"]
    output = payment["paymentOutput"][f"{BLOCK[:-5]}Output"]
    assert output["paymentProduct771SpecificOutput"] == {"mandateReference": reference}
    assert status(merchant, reference) == "USED"
    assert refused(merchant.create(content), 409, f"{SPECIFIC}.mandate.uniqueMandateReference")


def test_an_inline_mandate_is_read_like_any_other(merchant):
    """Its mistakes are named by their whole path; existing and new together are refused."""
    answered = merchant.create(debit_body(mandate={"recurrenceType": "UNIQUE"}))
    assert refused(answered, 400, f"{SPECIFIC}.mandate.customerReference")
    answered = merchant.create(debit_body(mandate=mandate_body(), existingUniqueMandateReference="x"))
    assert refused(answered, 400, f"{SPECIFIC}.existingUniqueMandateReference")
    assert refused(merchant.create(debit_body()), 400, f"{SPECIFIC}.existingUniqueMandateReference")
    unknown = merchant.create(debit_body(existingUniqueMandateReference="nobodys"))
    assert refused(unknown, 400, f"{SPECIFIC}.existingUniqueMandateReference")


def test_an_inline_mandate_to_be_signed_redirects_the_payment(merchant):
    """The customer signs first: the payment waits as REDIRECTED, the mandate as CREATED."""
    reference = next(REFERENCES)
    mandate = mandate_body(signature="SMS", uniqueMandateReference=reference)
    answered = merchant.create(debit_body(mandate=mandate)).json()
    assert answered["payment"]["status"] == "REDIRECTED"
    assert answered["merchantAction"]["redirectData"]["redirectURL"].startswith(f"{merchant.url}/pages/debit/")
    assert status(merchant, reference) == "CREATED"


def hosted_body():
    info = {"customerReference": "customer-42", "recurrenceType": "RECURRING", "signatureType": "UNSIGNED"}
    return {
        "createMandateInfo": info,
        "hostedMandateManagementSpecificInput": {"locale": "nl_NL", "returnUrl": "http://shop.test/back"},
    }


def test_a_hosted_session_through_the_sdk(sdk, merchant):
    """It begins in progress, with an address without protocol, and fails when its time is over."""
    request = CreateHostedMandateManagementRequest().from_dictionary(hosted_body())
    made = sdk.hostedmandatemanagements().create(request)
    assert made.partial_redirect_url.endswith(f"?mac={made.returnmac}")
    assert "://" not in made.partial_redirect_url
    found = sdk.hostedmandatemanagements().get(made.hosted_mandate_management_id)
    assert (found.status, found.mandate) == ("IN_PROGRESS", None)
    merchant.advance(2 * 3600)
    assert sdk.hostedmandatemanagements().get(made.hosted_mandate_management_id).status == "FAILED"
    with pytest.raises(ReferenceException):
        sdk.hostedmandatemanagements().get("nobodys")


def test_a_hosted_session_names_what_is_missing(merchant):
    """The three mandatory facts of the mandate, and the way back."""
    answered = merchant.send("POST", "/v1/1234/hostedmandatemanagements", {})
    assert {error["propertyName"] for error in answered.json()["errors"]} == {
        "createMandateInfo.recurrenceType",
        "createMandateInfo.signatureType",
        "createMandateInfo.customerReference",
        "hostedMandateManagementSpecificInput.returnUrl",
    }


def test_a_hosted_session_ends_with_a_mandate_or_without():
    """What the customer typed becomes the mandate that GET shows; who leaves, leaves none."""
    desk = Desk.open(Settings())
    for _ in range(2):
        hosted.create(desk, call("hostedmandatemanagements.create", hosted_body(), at=0))
    signed, left = documents.search(desk.books, hosted.KIND)
    context = Context(merchant_id="1234", now=10, base_url="http://simulator.test")
    with pytest.raises(Refusal):
        hosted.finish(desk, signed, {}, context)
    mandate = hosted.finish(desk, signed, customer(), context)
    hosted.cancel(desk, left, 10)
    shown = []
    for session in (signed, left):
        asked = call("hostedmandatemanagements.get", None, at=20, hostedMandateManagementId=session.id)
        shown.append(hosted.get(desk, asked).body)
    assert b'"status":"MANDATE_CREATED"' in shown[0]
    assert book.reference_of(mandate).encode() in shown[0]
    assert shown[1] == b'{"status":"CANCELLED_BY_CONSUMER"}'
    with pytest.raises(Refusal):
        hosted.finish(desk, documents.search(desk.books, hosted.KIND)[1], customer(), context)
    desk.books.close()
