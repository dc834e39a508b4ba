"""Payouts through the official SDK: asked, approved, sent, credited, refused, and what the books say of them."""

import itertools
from datetime import datetime

import pytest
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.json.default_marshaller import DefaultMarshaller
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.declined_payout_exception import DeclinedPayoutException
from worldline.connect.sdk.v1.domain.approve_payout_request import ApprovePayoutRequest
from worldline.connect.sdk.v1.domain.create_payout_request import CreatePayoutRequest
from worldline.connect.sdk.v1.domain.webhooks_event import WebhooksEvent
from worldline.connect.sdk.v1.merchant.payouts.find_payouts_params import FindPayoutsParams
from worldline.connect.sdk.v1.platform_exception import PlatformException
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from simulator.kernel import documents, histories
from simulator.kernel.books import Books
from simulator.kernel.clock import PLATFORM_ZONE
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment
from simulator.payouts import bodies, records

NAMES = itertools.count(1)
BANK = {"bankAccountIban": {"iban": "NL08INGB0000000555", "accountHolderName": "Wile E. Coyote"}}
PATH = "/v1/1234/payouts"


def payout(*, amount=2345, currency="EUR", city="Amsterdam", reference=None, bank=None, **method):
    """The body of create payout; to a bank account unless told otherwise."""
    return {
        "payoutDetails": {
            "amountOfMoney": {"amount": amount, "currencyCode": currency},
            "customer": {"address": {"city": city}, "name": {"surname": "Coyote"}},
            "references": {"merchantReference": reference or f"payout-{next(NAMES)}", "merchantOrderId": 77},
        },
        **(method or {"bankTransferPayoutMethodSpecificInput": {**BANK, **(bank or {})}}),
    }


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234").payouts()


def create(sdk, content=None, **changes):
    return sdk.create(CreatePayoutRequest().from_dictionary(content or payout(**changes)))


def approve(sdk, payout_id, day=None):
    request = ApprovePayoutRequest()
    request.date_payout = day
    return sdk.approve(payout_id, request)


def test_a_payout_from_approval_to_credit(sdk, merchant):
    """Waits, is approved, is sent after the delay, arrives."""
    created = create(sdk, reference="payout-whole")
    assert (created.status, created.status_output.status_category) == ("PENDING_APPROVAL", "PENDING_MERCHANT")
    assert created.status_output.is_cancellable
    assert created.payout_output.amount_of_money.amount == 2345
    assert created.payout_output.references.merchant_reference == "payout-whole"
    asked = approve(sdk, created.id)
    assert (asked.status, asked.status_output.status_code) == ("PAYOUT_REQUESTED", 800)
    merchant.advance(3)
    credited = sdk.get(created.id)
    assert (credited.status, credited.status_output.status_category) == ("ACCOUNT_CREDITED", "COMPLETED")
    assert not credited.status_output.is_cancellable


def test_the_answer_names_its_place(merchant):
    """201 with a Location, under an id of thirty digits that no payment has."""
    answered = merchant.send("POST", PATH, payout())
    payout_id = answered.json()["id"]
    assert answered.status_code == 201
    assert answered.headers["Location"] == f"{merchant.url}{PATH}/{payout_id}"
    assert (len(payout_id), payout_id[:11]) == (30, "00000012345")
    assert merchant.get(payout_id).status_code == 404


def test_an_account_without_approvals(start):
    """What is set up so is on its way at once; a card is paid like an account."""
    with_approvals = {"merchant_id": "1234", "api_keys": [{"id": "simulator-key", "secret": "simulator-secret"}]}
    merchant = start(payout_delay_seconds=60)
    merchant.http.put("/simulator/merchants", json={**with_approvals, "payouts_require_approval": False})
    to_card = {"cardPayoutMethodSpecificInput": {"token": "token-visa-approved", "paymentProductId": 1}}
    payout_id = merchant.send("POST", PATH, payout(**to_card)).json()["id"]
    assert merchant.send("GET", f"{PATH}/{payout_id}").json()["status"] == "PAYOUT_REQUESTED"
    merchant.advance(60)
    assert merchant.send("GET", f"{PATH}/{payout_id}").json()["status"] == "ACCOUNT_CREDITED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"city": "Denver"}, "430330"),
        ({"cardPayoutMethodSpecificInput": {"token": "token-mastercard-declined"}}, "430330"),
        (
            {"cardPayoutMethodSpecificInput": {"card": {"cardNumber": "4457010000000009", "expiryDate": "1249"}}},
            "430360",
        ),
    ],
)
def test_a_decline_is_typed(sdk, changes, code):
    """402 with a payout that exists as REJECTED."""
    with pytest.raises(DeclinedPayoutException) as caught:
        create(sdk, **changes)
    rejected = caught.value.payout_result
    assert (caught.value.status_code, rejected.status) == (402, "REJECTED")
    assert rejected.status_output.errors[0].code == caught.value.errors[0].code == code
    assert sdk.get(rejected.id).status == "REJECTED"


@pytest.mark.parametrize(
    "changes", [{"city": "Calais"}, {"cardPayoutMethodSpecificInput": {"token": "token-visa-capture-rejected"}}]
)
def test_a_bank_may_refuse_the_credit(sdk, merchant, changes):
    """The payout ends REJECTED_CREDIT and says why."""
    payout_id = create(sdk, **changes).id
    approve(sdk, payout_id)
    merchant.advance(3)
    refused = sdk.get(payout_id)
    assert (refused.status, refused.status_output.status_category) == ("REJECTED_CREDIT", "UNSUCCESSFUL")
    assert refused.status_output.errors


def test_a_day_may_be_asked(sdk, merchant):
    """Nothing is sent before the payout date, and approve may set another one."""
    payout_id = create(sdk, bank={"payoutDate": "20981231"}).id
    approve(sdk, payout_id)
    merchant.advance(86_400)
    assert sdk.get(payout_id).status == "PAYOUT_REQUESTED"
    sdk.cancelapproval(payout_id)
    now = datetime.fromisoformat(merchant.http.get("/simulator/clock").json()["now"])
    # A day begins where the platform is, an hour or two before it begins in UTC.
    approve(sdk, payout_id, f"{now.astimezone(PLATFORM_ZONE):%Y%m%d}")
    merchant.advance(2 * 86_400)
    assert sdk.get(payout_id).status == "ACCOUNT_CREDITED"


def test_approval_is_taken_back_and_given_again(sdk, merchant):
    """Meanwhile nothing is sent."""
    payout_id = create(sdk).id
    approve(sdk, payout_id)
    assert sdk.cancelapproval(payout_id) is None
    merchant.advance(3)
    assert sdk.get(payout_id).status == "PENDING_APPROVAL"
    approve(sdk, payout_id)
    merchant.advance(3)
    assert sdk.get(payout_id).status == "ACCOUNT_CREDITED"


@pytest.mark.parametrize("approved", [False, True])
def test_cancel_is_for_good(sdk, merchant, approved):
    """Approved or not, a cancelled payout is never sent."""
    payout_id = create(sdk).id
    if approved:
        approve(sdk, payout_id)
    assert sdk.cancel(payout_id) is None
    merchant.advance(3)
    assert sdk.get(payout_id).status == "CANCELLED"
    for action in (sdk.cancel, sdk.cancelapproval, lambda gone: approve(sdk, gone)):
        with pytest.raises(ApiException) as caught:
            action(payout_id)
        assert (caught.value.status_code, caught.value.errors[0].code) == (402, "410110")


def test_what_is_credited_stays_so(sdk, merchant):
    """402 for a cancel that comes too late."""
    payout_id = create(sdk).id
    approve(sdk, payout_id)
    merchant.advance(3)
    with pytest.raises(ApiException) as caught:
        sdk.cancel(payout_id)
    assert (caught.value.status_code, caught.value.errors[0].code) == (402, "410110")


def test_find(sdk):
    """By reference, by order, page by page in the order of creation."""
    ids = [create(sdk, reference=f"payout-find-{number}").id for number in range(3)]
    params = FindPayoutsParams()
    params.merchant_reference = "payout-find-1"
    found = sdk.find(params)
    assert (found.total_count, found.limit, found.offset, found.payouts[0].id) == (1, 10, 0, ids[1])
    params = FindPayoutsParams()
    params.merchant_order_id = 77
    params.limit = 1
    params.offset = sdk.find(params).total_count - 2
    assert [each.id for each in sdk.find(params).payouts] == [ids[1]]
    params.merchant_order_id = 78
    assert sdk.find(params).total_count == 0


def test_unknown_and_duplicate_are_typed(sdk):
    """The SDK raises its class for 404 and for 409."""
    with pytest.raises(ReferenceException) as unknown:
        sdk.get("000000123459999999990000100001")
    assert (unknown.value.status_code, unknown.value.errors[0].property_name) == (404, "payoutId")
    create(sdk, reference="payout-twice")
    with pytest.raises(ReferenceException) as twice:
        create(sdk, reference="payout-twice")
    assert (twice.value.status_code, twice.value.errors[0].code) == (409, "300620")


def test_a_wrong_body_is_typed(sdk):
    """The SDK raises its class, which names the field."""
    with pytest.raises(ValidationException) as caught:
        create(sdk, amount=0)
    assert caught.value.errors[0].property_name == "payoutDetails.amountOfMoney.amount"


def test_the_fields_may_stand_at_the_top(sdk):
    """Deprecated, and still taken (SDK, CreatePayoutRequest)."""
    old = {"amountOfMoney": {"amount": 100, "currencyCode": "EUR"}, **BANK, "payoutDate": "20981231"}
    assert create(sdk, old).status == "PENDING_APPROVAL"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"currency": "euro"}, ["payoutDetails.amountOfMoney.currencyCode"]),
        ({"currency": "JPY"}, ["payoutDetails.amountOfMoney.amount"]),
        ({"amount": "1"}, ["payoutDetails.amountOfMoney.amount"]),
        ({"reference": "x" * 31}, ["payoutDetails.references.merchantReference"]),
        ({"merchant": {}}, ["bankTransferPayoutMethodSpecificInput"]),
        (
            {"bank": {"bankAccountIban": {"iban": "NL08INGB0000000556", "accountHolderName": "A"}}},
            ["bankTransferPayoutMethodSpecificInput.bankAccountIban.iban"],
        ),
        (
            {"bank": {"bankAccountBban": {"accountNumber": "1"}}},
            ["bankTransferPayoutMethodSpecificInput.bankAccountBban"],
        ),
        ({"bank": {"payoutDate": "20200230"}}, ["bankTransferPayoutMethodSpecificInput.payoutDate"]),
        ({"bank": {"payoutDate": "20200229"}}, ["bankTransferPayoutMethodSpecificInput.payoutDate"]),
        ({"bank": {"swiftCode": "ING"}}, ["bankTransferPayoutMethodSpecificInput.swiftCode"]),
        ({"cardPayoutMethodSpecificInput": {}}, ["cardPayoutMethodSpecificInput.card"]),
        ({"cardPayoutMethodSpecificInput": {"token": "nobody"}}, ["cardPayoutMethodSpecificInput.token"]),
        (
            {"cardPayoutMethodSpecificInput": {"token": "token-visa-approved"}, **BANK},
            ["bankAccountIban"],
        ),
        ({"nonsense": 1}, ["nonsense"]),
    ],
)
def test_a_refusal_names_its_field(merchant, changes, fields):
    """400 with every field that is wrong."""
    answered = merchant.send("POST", PATH, payout(**changes))
    assert answered.status_code == 400, answered.text
    assert [error["propertyName"] for error in answered.json()["errors"]] == fields


def test_an_approval_names_its_field(sdk, merchant):
    """400 for a day in the past, and the payout still waits."""
    payout_id = create(sdk).id
    answered = merchant.send("POST", f"{PATH}/{payout_id}/approve", {"datePayout": "20200101"})
    assert answered.status_code == 400
    assert answered.json()["errors"][0]["propertyName"] == "datePayout"
    assert sdk.get(payout_id).status == "PENDING_APPROVAL"


def test_a_british_account(sdk):
    """A sort code and a number are an account too."""
    bban = {"countryCode": "GB", "bankCode": "200052", "accountNumber": "55779911", "accountHolderName": "A. Coyote"}
    to_account = {"bankTransferPayoutMethodSpecificInput": {"bankAccountBban": bban}}
    assert create(sdk, **to_account).status == "PENDING_APPROVAL"


def test_the_books_know_payouts(sdk, merchant):
    """Cumulative, by the same prefix as payments, which they are kept apart from."""
    payout_id = create(sdk, reference="payout-books").id
    approve(sdk, payout_id)
    merchant.advance(3)
    query = {"merchant_reference_prefix": "payout-books"}
    books = merchant.http.get("/simulator/books", params=query).json()
    assert books["payments"] == []
    (line,) = books["payouts"]
    assert (line["payout_id"], line["status"]) == (payout_id, "ACCOUNT_CREDITED")
    assert (line["requested"], line["credited"], line["currency"]) == (2345, 2345, "EUR")


def test_a_lookup_may_lag(sdk, merchant):
    """A payout tells its own past, and is unknown before it was."""
    payout_id = create(sdk).id
    merchant.advance(60)
    approve(sdk, payout_id)
    merchant.fault("lag", operation="payouts.get", seconds=30)
    assert sdk.get(payout_id).status == "PENDING_APPROVAL"
    merchant.fault("lag", operation="payouts.get", seconds=90)
    with pytest.raises(ReferenceException):
        sdk.get(payout_id)


def test_each_change_is_told(start, eventually):
    """An event has the payout as it was at the change, in the SDK's own envelope; a fault finds it by reference."""
    merchant = start(webhook_url="http://127.0.0.1:9/nobody", payout_delay_seconds=60)
    merchant.fault("fail_before", operation="payouts.approve", merchant_reference_prefix="payout-told")
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        payouts = client.v1().merchant("1234").payouts()
        payout_id = create(payouts, reference="payout-told").id
        with pytest.raises(PlatformException):
            approve(payouts, payout_id)
        approve(payouts, payout_id)
        merchant.advance(60)
        query = {"merchant_reference_prefix": "payout-told"}
        sent = {}

        def told():
            for each in merchant.http.get("/simulator/webhooks", params=query).json()["webhooks"]:
                body = merchant.http.get(f"/simulator/webhooks/{each['event_id']}").text
                event = DefaultMarshaller.instance().unmarshal(body, WebhooksEvent)
                sent[event.type] = event.payout.status
            return len(sent) == 3

        eventually(told)
    assert sent == {
        "payout.pending_approval": "PENDING_APPROVAL",
        "payout.payout_requested": "PAYOUT_REQUESTED",
        "payout.account_credited": "ACCOUNT_CREDITED",
    }


def test_events_know_the_past():
    """Each change with the payout as it was then, also where two come at the same time."""
    content = {"amount": 1, "currency": "EUR", "merchant_reference": None, "merchant_order_id": None}
    document = Document(kind=records.KIND, id="1", merchant_id="1234", content=content, created_at=5)
    begun = histories.begun(document, [Moment(at=5, status=records.PENDING_APPROVAL)])
    ahead = [Moment(at=9, status=status) for status in (records.PAYOUT_REQUESTED, records.ACCOUNT_CREDITED)]
    books = Books()
    documents.insert(books, begun)
    documents.save(books, histories.went_on(begun, 9, ahead))
    kept = documents.load(books, records.KIND, "1234", "1")
    books.close()
    assert bodies.changes(kept) == [(5, "pending_approval"), (9, "payout_requested"), (9, "account_credited")]
    told = [bodies.event_body(kept, place)["status"] for place in range(3)]
    assert told == [records.PENDING_APPROVAL, records.PAYOUT_REQUESTED, records.ACCOUNT_CREDITED]
