"""Disputes of chargebacks, and the files that are their evidence."""

from worldline.connect.sdk.domain.uploadable_file import UploadableFile
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.domain.create_dispute_request import CreateDisputeRequest
from worldline.connect.sdk.v1.merchant.disputes.upload_file_request import UploadFileRequest
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body, money

STATUSES = {"CREATED", "DRAFT", "CANCELLED", "INVALID_REPRESENTMENT", "SEND_TO_BANK", "SUCCESS", "EXPIRED"}
EVIDENCE = b"%PDF-1.7 signed by the customer"


def charged_back(world):
    """The id of a payment that the customer's bank has taken back."""
    payment_id = world.captured()
    answered = world.merchant.http.post(f"/simulator/payments/{payment_id}/chargeback", json={"stage": "chargeback"})
    assert answered.json()["status"] == "CHARGEBACKED"
    return payment_id


def capture_of(world, payment_id):
    return world.sdk.payments().captures(payment_id).captures[0].id


def dispute(**changes):
    """What a merchant says against a chargeback."""
    content = {
        "contactPerson": "Wile E. Coyote",
        "emailAddress": "wile@example.com",
        "replyTo": "shop@example.com",
        "requestMessage": "The goods were delivered.",
        **changes,
    }
    return body(CreateDisputeRequest, content)


def begun(world):
    """The id of a dispute that is not submitted yet."""
    return world.sdk.payments().dispute(charged_back(world), dispute()).id


def evidence(content=EVIDENCE, media_type="application/pdf"):
    request = UploadFileRequest()
    request.file = UploadableFile("evidence.pdf", content, media_type, len(content))
    return request


@succeeds("payments.dispute", 201)
def a_chargeback_is_disputed(world):
    payment_id = charged_back(world)
    made = yield payment_id, dispute(**money(1000))
    assert made.payment_id == payment_id
    assert made.status in STATUSES
    assert made.dispute_output.amount_of_money.amount == 1000
    assert made.dispute_output.contact_person == "Wile E. Coyote"
    assert made.dispute_output.request_message == "The goods were delivered."


@refused("payments.dispute", ValidationException, 400)
def more_than_was_charged_back(world):
    wrong = yield charged_back(world), dispute(**money(12681))
    assert wrong.errors[0].property_name == "amountOfMoney.amount"


@refused("payments.dispute", ApiException, 402)
def nothing_was_charged_back(world):
    refusal = yield world.captured(), dispute()
    assert refusal.errors[0].code == "410110"


@succeeds("payments.disputes")
def disputes_of_a_payment(world):
    payment_id = charged_back(world)
    made = world.sdk.payments().dispute(payment_id, dispute()).id
    found = yield (payment_id,)
    assert [each.id for each in found.disputes] == [made]


@succeeds("captures.dispute", 201)
def a_chargeback_of_a_capture_is_disputed(world):
    capture_id = capture_of(world, charged_back(world))
    made = yield capture_id, dispute()
    assert made.capture_id == capture_id


@refused("captures.dispute", ValidationException, 400)
def a_dispute_without_a_reason(world):
    capture_id = capture_of(world, charged_back(world))
    wrong = yield capture_id, body(CreateDisputeRequest, {"contactPerson": "W", "emailAddress": "wile@example.com"})
    assert wrong.errors[0].property_name == "requestMessage"


@refused("captures.dispute", ApiException, 402)
def a_capture_that_nobody_took_back(world):
    yield capture_of(world, world.captured()), dispute()


@succeeds("captures.disputes")
def disputes_of_a_capture(world):
    capture_id = capture_of(world, charged_back(world))
    made = world.sdk.captures().dispute(capture_id, dispute()).id
    found = yield (capture_id,)
    assert [each.id for each in found.disputes] == [made]


@succeeds("disputes.get")
def a_dispute_is_read_with_its_files(world):
    dispute_id = begun(world)
    file_id = world.sdk.disputes().upload_file(dispute_id, evidence()).file_id
    found = yield (dispute_id,)
    (file,) = found.dispute_output.files
    assert (found.id, file.id, file.file_name) == (dispute_id, file_id, "evidence.pdf")
    assert file.file_size == str(len(EVIDENCE))


@succeeds("disputes.submit")
def a_dispute_is_submitted(world):
    submitted = yield (begun(world),)
    assert submitted.status == "CREATED"


@refused("disputes.submit", ApiException, 402)
def a_dispute_is_submitted_once(world):
    dispute_id = begun(world)
    world.sdk.disputes().submit(dispute_id)
    again = yield (dispute_id,)
    assert again.errors[0].code == "410110"


@succeeds("disputes.cancel")
def a_dispute_is_given_up(world):
    cancelled = yield (begun(world),)
    assert cancelled.status == "CANCELLED"


@refused("disputes.cancel", ApiException, 402)
def a_dispute_that_is_submitted_is_not_given_up(world):
    dispute_id = begun(world)
    world.sdk.disputes().submit(dispute_id)
    yield (dispute_id,)


@succeeds("disputes.upload_file")
def evidence_is_handed_in(world):
    dispute_id = begun(world)
    uploaded = yield dispute_id, evidence()
    assert uploaded.dispute_id == dispute_id
    assert uploaded.file_id


@refused("disputes.upload_file", ValidationException, 400)
def evidence_that_is_no_document(world):
    wrong = yield begun(world), evidence(b"MZ", "application/octet-stream")
    assert wrong.errors[0].property_name == "file"


@refused("disputes.upload_file", ApiException, 402)
def evidence_that_comes_too_late(world):
    dispute_id = begun(world)
    world.sdk.disputes().cancel(dispute_id)
    yield dispute_id, evidence()


@succeeds("files.get_file")
def evidence_comes_back_as_it_was(world):
    file_id = world.sdk.disputes().upload_file(begun(world), evidence()).file_id
    headers, chunks = yield (file_id,)
    assert headers["Content-Type"] == "application/pdf"
    assert b"".join(chunks) == EVIDENCE
