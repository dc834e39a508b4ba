"""Disputes of chargebacks, their files, and the banks' side of them, through the official SDK."""

import io
from urllib.parse import urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worldline.connect.sdk.communication.request_header import RequestHeader
from worldline.connect.sdk.domain.uploadable_file import UploadableFile
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.domain.create_dispute_request import CreateDisputeRequest
from worldline.connect.sdk.v1.merchant.disputes.upload_file_request import UploadFileRequest
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from simulator.disputes import bodies, upload
from simulator.kernel import histories
from simulator.kernel.calls import Call, Refusal
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment

DAY = 86_400
AMOUNT = 12680
PDF = b"%PDF-1.4\r\n--not a boundary\r\n\x00\xff\n"


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234")


def bank(merchant, payment_id, what="chargeback", **order):
    return merchant.http.post(f"/simulator/payments/{payment_id}/{what}", json=order or None)


def charged_back(merchant, stage="chargeback", **changes):
    """A payment whose money came and was taken back."""
    payment_id = merchant.created(**changes)
    assert merchant.approve(payment_id).status_code == 200
    merchant.advance(120)
    answered = bank(merchant, payment_id, stage=stage)
    assert answered.status_code == 200, answered.text
    return payment_id


def request(**changes):
    return {
        "contactPerson": "Road Runner",
        "emailAddress": "road@runner.example",
        "requestMessage": "The goods were delivered.",
        **changes,
    }


def dispute(sdk, payment_id, **changes):
    return sdk.payments().dispute(payment_id, CreateDisputeRequest().from_dictionary(request(**changes)))


def attach(sdk, dispute_id, data=PDF, name="proof.pdf", media_type="application/pdf"):
    asked = UploadFileRequest()
    asked.file = UploadableFile(name, io.BytesIO(data), media_type)
    return sdk.disputes().upload_file(dispute_id, asked)


def won_back(merchant, payment_id):
    line = next(line for line in merchant.books() if line["payment_id"] == payment_id)
    return line["charged_back"], line["won_back"]


def not_pending(action, *arguments):
    with pytest.raises(ApiException) as caught:
        action(*arguments)
    return (caught.value.status_code, caught.value.errors[0].code) == (402, "410110")


# A dispute's life


def test_a_dispute_wins_the_money_back(sdk, merchant):
    """A draft with evidence is submitted, sent to the bank, decided, and the payment is paid again."""
    payment_id = charged_back(merchant, reference="dispute-won")
    draft = dispute(sdk, payment_id, replyTo="reply@runner.example")
    assert (draft.status, draft.payment_id, draft.capture_id) == ("DRAFT", payment_id, None)
    assert draft.status_output.is_cancellable
    output = draft.dispute_output
    assert (output.amount_of_money.amount, output.amount_of_money.currency_code) == (AMOUNT, "EUR")
    assert (output.reference.merchant_reference, output.reference.merchant_order_id) == ("dispute-won", "7")
    assert (output.contact_person, output.reply_to) == ("Road Runner", "reply@runner.example")
    file_id = attach(sdk, draft.id).file_id
    (file,) = sdk.disputes().get(draft.id).dispute_output.files
    assert (file.id, file.file_name, file.file_size) == (file_id, "proof.pdf", str(len(PDF)))
    assert sdk.disputes().submit(draft.id).status == "CREATED"
    assert merchant.status(payment_id) == "CHARGEBACKED"
    merchant.advance(DAY)
    assert sdk.disputes().get(draft.id).status == "SEND_TO_BANK"
    merchant.advance(10 * DAY)
    won = sdk.disputes().get(draft.id)
    assert (won.status, won.status_output.status_category) == ("SUCCESS", "COMPLETED")
    assert won.dispute_output.response_message
    assert merchant.status(payment_id) == "PAID"
    assert won_back(merchant, payment_id) == (AMOUNT, AMOUNT)


def test_a_bank_may_not_answer(sdk, merchant):
    """The word in the message is the trigger; the money stays lost."""
    payment_id = charged_back(merchant)
    draft = dispute(sdk, payment_id, requestMessage="This stays unanswered.")
    attach(sdk, draft.id)
    sdk.disputes().submit(draft.id)
    merchant.advance(11 * DAY)
    assert sdk.disputes().get(draft.id).status == "EXPIRED"
    assert merchant.status(payment_id) == "CHARGEBACKED"
    assert won_back(merchant, payment_id) == (AMOUNT, 0)


def test_evidence_is_needed(sdk, merchant):
    """Without a file it comes back, may be completed and submitted again."""
    payment_id = charged_back(merchant)
    dispute_id = dispute(sdk, payment_id).id
    sdk.disputes().submit(dispute_id)
    merchant.advance(DAY)
    assert sdk.disputes().get(dispute_id).status == "INVALID_REPRESENTMENT"
    attach(sdk, dispute_id)
    sdk.disputes().submit(dispute_id)
    merchant.advance(11 * DAY)
    assert sdk.disputes().get(dispute_id).status == "SUCCESS"


def test_a_draft_expires(sdk, merchant):
    """A dispute that nobody submits is over after a month, and a new one may be drafted."""
    payment_id = charged_back(merchant)
    dispute_id = dispute(sdk, payment_id).id
    merchant.advance(30 * DAY)
    assert sdk.disputes().get(dispute_id).status == "EXPIRED"
    assert not_pending(sdk.disputes().submit, dispute_id)
    assert dispute(sdk, payment_id).status == "DRAFT"


def test_cancel_is_for_good(sdk, merchant):
    """A cancelled dispute can be neither submitted nor cancelled again, and takes no file."""
    payment_id = charged_back(merchant)
    dispute_id = dispute(sdk, payment_id).id
    assert sdk.disputes().cancel(dispute_id).status == "CANCELLED"
    assert not_pending(sdk.disputes().submit, dispute_id)
    assert not_pending(sdk.disputes().cancel, dispute_id)
    assert not_pending(attach, sdk, dispute_id)


def test_what_is_submitted_is_out_of_hand(sdk, merchant):
    """A submitted dispute is not cancelled, and takes no further file."""
    payment_id = charged_back(merchant)
    dispute_id = dispute(sdk, payment_id).id
    attach(sdk, dispute_id)
    sdk.disputes().submit(dispute_id)
    assert not_pending(sdk.disputes().cancel, dispute_id)
    assert not_pending(attach, sdk, dispute_id)


def test_a_dispute_of_a_notice_prevents_the_chargeback(sdk, merchant):
    """It is decided before anything was taken."""
    payment_id = charged_back(merchant, stage="notice")
    dispute_id = dispute(sdk, payment_id).id
    attach(sdk, dispute_id)
    sdk.disputes().submit(dispute_id)
    merchant.advance(11 * DAY)
    assert merchant.status(payment_id) == "PAID"
    assert won_back(merchant, payment_id) == (0, 0)


def test_a_dispute_of_a_notice_wins_what_is_taken_meanwhile(sdk, merchant):
    """What the bank took before the decision comes back with it."""
    payment_id = charged_back(merchant, stage="notice")
    dispute_id = dispute(sdk, payment_id).id
    attach(sdk, dispute_id)
    sdk.disputes().submit(dispute_id)
    merchant.advance(2 * DAY)
    assert bank(merchant, payment_id, stage="chargeback").json()["status"] == "CHARGEBACKED"
    merchant.advance(9 * DAY)
    assert merchant.status(payment_id) == "PAID"
    assert won_back(merchant, payment_id) == (AMOUNT, AMOUNT)


def test_a_part_wins_a_part(sdk, merchant):
    """The rest stays lost, and may be disputed too, but nothing twice."""
    payment_id = charged_back(merchant)
    first = dispute(sdk, payment_id, amountOfMoney={"amount": 10000, "currencyCode": "EUR"}).id
    second = dispute(sdk, payment_id)
    assert second.dispute_output.amount_of_money.amount == AMOUNT - 10000
    assert not_pending(dispute, sdk, payment_id)
    attach(sdk, first)
    sdk.disputes().submit(first)
    merchant.advance(11 * DAY)
    assert merchant.status(payment_id) == "CHARGEBACKED"
    assert won_back(merchant, payment_id) == (AMOUNT, 10000)
    output = merchant.get(payment_id).json()["paymentOutput"]
    assert output["amountReversed"] == AMOUNT - 10000
    attach(sdk, second.id)
    sdk.disputes().submit(second.id)
    merchant.advance(11 * DAY)
    assert merchant.status(payment_id) == "PAID"
    assert won_back(merchant, payment_id) == (AMOUNT, AMOUNT)


def test_a_lookup_may_lag(sdk, merchant):
    """A dispute tells its own past: status and files as they were."""
    dispute_id = dispute(sdk, charged_back(merchant)).id
    merchant.advance(60)
    attach(sdk, dispute_id)
    sdk.disputes().submit(dispute_id)
    merchant.fault("lag", operation="disputes.get", seconds=30)
    then = sdk.disputes().get(dispute_id)
    assert (then.status, then.dispute_output.files) == ("DRAFT", [])


# What can be disputed


def test_only_a_chargeback_is_disputed(sdk, merchant):
    """Money that nobody has asked back cannot be disputed."""
    payment_id = merchant.created()
    assert not_pending(dispute, sdk, payment_id)
    merchant.approve(payment_id)
    merchant.advance(120)
    assert not_pending(dispute, sdk, payment_id)


def test_a_capture_is_disputed(sdk, merchant):
    """It is listed with its capture and with its payment."""
    payment_id = charged_back(merchant)
    asked = CreateDisputeRequest().from_dictionary(request())
    told = sdk.captures().dispute(payment_id, asked)
    assert (told.payment_id, told.capture_id) == (payment_id, payment_id)
    assert [each.id for each in sdk.captures().disputes(payment_id).disputes] == [told.id]
    assert [each.id for each in sdk.payments().disputes(payment_id).disputes] == [told.id]


def test_a_dispute_of_the_payment_is_not_one_of_its_capture(sdk, merchant):
    """It is listed with the payment alone."""
    payment_id = charged_back(merchant)
    dispute_id = dispute(sdk, payment_id).id
    assert [each.id for each in sdk.payments().disputes(payment_id).disputes] == [dispute_id]
    assert sdk.captures().disputes(payment_id).disputes == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"amountOfMoney": {"amount": AMOUNT + 1, "currencyCode": "EUR"}}, ["amountOfMoney.amount"]),
        ({"amountOfMoney": {"amount": 1}}, ["amountOfMoney.currencyCode"]),
        ({"amountOfMoney": {"amount": 1, "currencyCode": "USD"}}, ["amountOfMoney.currencyCode"]),
        ({"emailAddress": "nobody"}, ["emailAddress"]),
        ({"replyTo": "a@b@c"}, ["replyTo"]),
        (
            {"contactPerson": None, "emailAddress": None, "requestMessage": None},
            ["contactPerson", "emailAddress", "requestMessage"],
        ),
        ({"nonsense": 1}, ["nonsense"]),
    ],
)
def test_a_refusal_names_its_field(merchant, changes, fields):
    """400 with every field that is wrong."""
    payment_id = charged_back(merchant)
    answered = merchant.send("POST", f"/v1/1234/payments/{payment_id}/dispute", request(**changes))
    assert answered.status_code == 400, answered.text
    assert [error["propertyName"] for error in answered.json()["errors"]] == fields


def test_the_answer_names_its_place(merchant):
    """201 with a Location."""
    payment_id = charged_back(merchant)
    answered = merchant.send("POST", f"/v1/1234/payments/{payment_id}/dispute", request())
    assert answered.status_code == 201
    assert answered.headers["Location"] == f"{merchant.url}/v1/1234/disputes/{answered.json()['id']}"


def test_wrong_and_unknown_are_typed(sdk, merchant):
    """The SDK raises its own class for a wrong value and for an unknown dispute."""
    with pytest.raises(ValidationException) as wrong:
        dispute(sdk, charged_back(merchant), emailAddress="nobody")
    assert wrong.value.errors[0].property_name == "emailAddress"
    for action in (sdk.disputes().get, sdk.disputes().submit, sdk.disputes().cancel):
        with pytest.raises(ReferenceException) as unknown:
            action("1")
        assert (unknown.value.status_code, unknown.value.errors[0].property_name) == (404, "disputeId")
    with pytest.raises(ReferenceException):
        attach(sdk, "1")
    with pytest.raises(ReferenceException):
        sdk.payments().disputes("000000123499999999990000100001")
    with pytest.raises(ReferenceException) as unknown:
        sdk.files().get_file("1")
    assert unknown.value.errors[0].property_name == "fileId"


# Files


@pytest.mark.parametrize(
    ("name", "media_type"), [("a b.pdf", "application/pdf"), ("€.jpg", "image/jpeg"), ("q'.png", "image/png")]
)
def test_a_file_comes_back_as_it_was(sdk, merchant, name, media_type):
    """Bytes, name and type of a file are those that were sent."""
    dispute_id = dispute(sdk, charged_back(merchant)).id
    data = bytes(range(256)) * 5000
    told = attach(sdk, dispute_id, data, name, media_type)
    assert told.dispute_id == dispute_id
    headers, chunks = sdk.files().get_file(told.file_id)
    assert b"".join(chunks) == data
    assert next(value for header, value in headers.items() if header.lower() == "content-type") == media_type
    assert sdk.disputes().get(dispute_id).dispute_output.files[0].file_name == name


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (b"", "empty.pdf", "application/pdf"),
        (b"x" * (upload.LARGEST + 1), "large.pdf", "application/pdf"),
        (b"x", "page.html", "text/html"),
        (b"x", "x" * 252 + ".pdf", "application/pdf"),
    ],
)
def test_a_file_that_is_not_taken(sdk, merchant, data, name, media_type):
    """400 that names the file, and the dispute has none."""
    dispute_id = dispute(sdk, charged_back(merchant)).id
    with pytest.raises(ValidationException) as caught:
        attach(sdk, dispute_id, data, name, media_type)
    assert caught.value.errors[0].property_name == "file"
    assert sdk.disputes().get(dispute_id).dispute_output.files == []


def part(name="file", filename='; filename="a.pdf"', data="x"):
    head = f'Content-Disposition: form-data; name="{name}"{filename}\r\nContent-Type: application/pdf'
    return f"--b\r\n{head}\r\n\r\n{data}\r\n"


@pytest.mark.parametrize(
    ("media_type", "body", "field"),
    [
        ("application/json", "{}", ""),
        ("multipart/form-data", part() + "--b--\r\n", ""),
        ("multipart/form-data; boundary=b", "", ""),
        ("multipart/form-data; boundary=b", "nothing of it", ""),
        ("multipart/form-data; boundary=b", part(), ""),
        ("multipart/form-data; boundary=b", part("other") + "--b--\r\n", "file"),
        ("multipart/form-data; boundary=b", part(filename="") + "--b--\r\n", "file"),
        ("multipart/form-data; boundary=b", part() + part() + "--b--\r\n", "file"),
    ],
)
def test_a_form_that_is_none(sdk, merchant, media_type, body, field):
    """400 for a body that is no multipart form with one file."""
    dispute_id = dispute(sdk, charged_back(merchant)).id
    path = f"/files/v1/1234/disputes/{dispute_id}"
    given = {**merchant.headers("POST", path), "Content-Type": media_type}
    signed = [RequestHeader(name, given[name]) for name in ("Date", "Content-Type")]
    given["Authorization"] = merchant.authenticator.get_authorization("POST", urlparse(merchant.url + path), signed)
    answered = merchant.http.post(path, content=body, headers=given)
    assert answered.status_code == 400, answered.text
    assert answered.json()["errors"][0].get("propertyName", "") == field


@given(body=st.binary(max_size=200), boundary=st.text("ab-", min_size=1, max_size=5))
def test_no_body_breaks_the_reading(body, boundary):
    """Whatever comes is a file or a refusal."""
    call = Call(
        operation="disputes.uploadFile",
        method="POST",
        target="/",
        headers=(("content-type", f"multipart/form-data; boundary={boundary}"),),
        body=b"--" + boundary.encode() + b"\r\n" + body,
        merchant_id="1234",
        base_url="",
        at=1,
    )
    assert status_of_reading(call) in {200, 400}


def status_of_reading(call):
    try:
        upload.read(call)
    except Refusal as refusal:
        return refusal.answer.status
    return 200


# Banks


def test_a_chargeback_by_stages(merchant):
    """Announced, taken, won: the books follow."""
    payment_id = charged_back(merchant, stage="notice")
    assert merchant.status(payment_id) == "CHARGEBACK_NOTIFICATION"
    assert bank(merchant, payment_id, stage="chargeback").json()["status"] == "CHARGEBACKED"
    assert bank(merchant, payment_id, stage="won").json()["status"] == "PAID"
    assert won_back(merchant, payment_id) == (AMOUNT, AMOUNT)


@pytest.mark.parametrize("stage", ["notice", "chargeback", "won"])
def test_a_bank_takes_back_what_was_taken(merchant, stage):
    """409 says what the payment is; 404 an unknown payment; 422 an order without meaning."""
    payment_id = merchant.created()
    answered = bank(merchant, payment_id, stage=stage)
    assert answered.status_code == 409
    assert "PENDING_APPROVAL" in answered.json()["detail"]
    assert bank(merchant, "1", stage=stage).status_code == 404
    assert bank(merchant, payment_id, stage="lost").status_code == 422
    assert bank(merchant, payment_id, stage=stage, more=1).status_code == 422
    assert merchant.status(payment_id) == "PENDING_APPROVAL"


def test_a_notice_follows_no_chargeback(merchant):
    """409 for an announcement of what was taken already."""
    assert bank(merchant, charged_back(merchant), stage="notice").status_code == 409


def debit():
    account = {"accountNumber": "123456789", "bankCode": "021000021", "accountHolderName": "Wile E. Coyote"}
    return {
        "order": {
            "amountOfMoney": {"amount": AMOUNT, "currencyCode": "USD"},
            "customer": {"billingAddress": {"countryCode": "US"}},
        },
        "directDebitPaymentMethodSpecificInput": {
            "paymentProductId": 730,
            "requiresApproval": False,
            "paymentProduct730SpecificInput": {"bankAccountBban": account},
        },
    }


def test_a_direct_debit_is_returned(merchant):
    """When its money has come; and it is never charged back."""
    answered = merchant.create(debit())
    assert answered.status_code == 201, answered.text
    payment_id = answered.json()["payment"]["id"]
    assert bank(merchant, payment_id, "return").status_code == 409
    merchant.advance(4 * DAY)
    assert merchant.status(payment_id) == "PAID"
    assert bank(merchant, payment_id, stage="chargeback").status_code == 409
    assert bank(merchant, payment_id, "return").json()["status"] == "REVERSED"
    assert bank(merchant, payment_id, "return").status_code == 409
    assert bank(merchant, charged_back(merchant), "return").status_code == 409


# Events


def test_each_change_is_told(start, eventually):
    """An event has the dispute as it was at the change, and is found by the payment's reference."""
    merchant = start(webhook_url="http://127.0.0.1:9/nobody", capture_delay_seconds=60, collect_delay_seconds=60)
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        sdk = client.v1().merchant("1234")
        dispute_id = dispute(sdk, charged_back(merchant, reference="dispute-told")).id
        attach(sdk, dispute_id)
        sdk.disputes().submit(dispute_id)
    merchant.advance(11 * DAY)

    def told():
        query = {"merchant_reference_prefix": "dispute-told"}
        listed = merchant.http.get("/simulator/webhooks", params=query).json()["webhooks"]
        events = [merchant.http.get(f"/simulator/webhooks/{each['event_id']}").json() for each in listed]
        disputes = [each for each in events if "dispute" in each]
        return disputes if len(disputes) == 4 else None

    events = eventually(told)
    assert [each["type"] for each in events] == [
        "dispute.draft",
        "dispute.created",
        "dispute.send_to_bank",
        "dispute.success",
    ]
    assert [each["type"].split(".")[1].upper() for each in events] == [each["dispute"]["status"] for each in events]
    assert {each["dispute"]["id"] for each in events} == {dispute_id}


def test_events_know_the_past():
    """Each change with the dispute as it was then: the file came with the second."""
    content = {
        "amount": 1,
        "currency": "EUR",
        "capture_id": "",
        "merchant_reference": None,
        "merchant_order_id": None,
        **dict.fromkeys(("contactPerson", "emailAddress", "replyTo", "requestMessage")),
        "files": [{"id": "1", "fileName": "a", "fileSize": "1", "fileType": "image/png", "at": 7}],
    }
    document = Document(kind="dispute", id="1", merchant_id="1", content=content, created_at=5, reference="2")
    moments = [Moment(at=5, status="DRAFT"), Moment(at=8, status="CREATED"), Moment(at=9, status="SEND_TO_BANK")]
    begun = histories.begun(document, moments)
    assert bodies.changes(begun) == [(5, "draft"), (8, "created"), (9, "send_to_bank")]
    told = [bodies.event_body(begun, place) for place in range(3)]
    assert [each["status"] for each in told] == ["DRAFT", "CREATED", "SEND_TO_BANK"]
    assert [len(each["disputeOutput"]["files"]) for each in told] == [0, 1, 1]
