"""Payouts: money to a customer, asked, let through, sent, taken back."""

from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.declined_payout_exception import DeclinedPayoutException
from worldline.connect.sdk.v1.domain.approve_payout_request import ApprovePayoutRequest
from worldline.connect.sdk.v1.domain.create_payout_request import CreatePayoutRequest
from worldline.connect.sdk.v1.merchant.payouts.find_payouts_params import FindPayoutsParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body, money, new_name

STATUSES = {
    "CREATED", "PENDING_APPROVAL", "REJECTED", "PAYOUT_REQUESTED", "ACCOUNT_CREDITED", "REJECTED_CREDIT", "CANCELLED",
    "REVERSED",
}  # fmt: skip
BANK = {"bankAccountIban": {"iban": "NL08INGB0000000555", "accountHolderName": "Wile E. Coyote"}}


def payout(*, amount=2345, city="Amsterdam", reference=None):
    """A request for a payout to a bank account."""
    customer = {"address": {"city": city, "countryCode": "NL"}, "name": {"surname": "Coyote"}}
    references = {"merchantReference": reference or new_name()}
    details = {**money(amount), "customer": customer, "references": references}
    return body(CreatePayoutRequest, {"payoutDetails": details, "bankTransferPayoutMethodSpecificInput": BANK})


def asked(world, **changes):
    """The id of a payout that waits for approval."""
    return world.sdk.payouts().create(payout(**changes)).id


def sent(world):
    """The id of a payout that is on its way."""
    payout_id = asked(world)
    world.sdk.payouts().approve(payout_id, ApprovePayoutRequest())
    return payout_id


@succeeds("payouts.create", 201)
def a_payout_to_a_bank_account(world):
    reference = new_name()
    created = yield (payout(reference=reference),)
    assert created.status in STATUSES
    assert created.payout_output.amount_of_money.amount == 2345
    assert created.payout_output.references.merchant_reference == reference
    assert created.status_output.status_category == "PENDING_MERCHANT"


@refused("payouts.create", DeclinedPayoutException, 402)
def a_payout_that_is_declined(world):
    declined = yield (payout(city="Denver"),)
    assert (declined.payout_result.status, declined.errors[0].http_status_code) == ("REJECTED", 402)


@refused("payouts.create", ValidationException, 400)
def a_payout_of_nothing(world):
    wrong = yield (payout(amount=0),)
    assert wrong.errors[0].property_name == "payoutDetails.amountOfMoney.amount"


@refused("payouts.create", ReferenceException, 409)
def a_payout_is_asked_once(world):
    request = payout()
    world.sdk.payouts().create(request)
    yield (request,)


@succeeds("payouts.get")
def a_payout_arrives(world):
    payout_id = sent(world)
    world.advance(40 * 86_400)
    found = yield (payout_id,)
    assert (found.id, found.status) == (payout_id, "ACCOUNT_CREDITED")
    assert found.status_output.status_category == "COMPLETED"


@succeeds("payouts.find")
def payouts_by_reference(world):
    reference = new_name()
    payout_id = asked(world, reference=reference)
    query = FindPayoutsParams()
    query.merchant_reference, query.limit, query.offset = reference, 3, 0
    found = yield (query,)
    assert (found.total_count, found.limit, found.offset) == (1, 3, 0)
    assert found.payouts[0].id == payout_id


@refused("payouts.find", ValidationException, 400)
def payouts_before_the_first(world):
    query = FindPayoutsParams()
    query.offset = -1
    wrong = yield (query,)
    assert wrong.errors[0].property_name == "offset"


@succeeds("payouts.approve")
def a_payout_is_let_through(world):
    payout_id = asked(world)
    approved = yield payout_id, ApprovePayoutRequest()
    assert (approved.id, approved.status) == (payout_id, "PAYOUT_REQUESTED")


@refused("payouts.approve", ValidationException, 400)
def a_day_that_is_none(world):
    wrong = yield asked(world), body(ApprovePayoutRequest, {"datePayout": "20301399"})
    assert wrong.errors[0].property_name == "datePayout"


@refused("payouts.approve", ApiException, 402)
def a_payout_is_let_through_once(world):
    again = yield sent(world), ApprovePayoutRequest()
    assert again.errors[0].code == "410110"


@succeeds("payouts.cancel", 204)
def a_payout_is_taken_back(world):
    payout_id = asked(world)
    nothing = yield (payout_id,)
    assert nothing is None
    assert world.sdk.payouts().get(payout_id).status == "CANCELLED"


@refused("payouts.cancel", ApiException, 402)
def a_payout_is_taken_back_once(world):
    payout_id = asked(world)
    world.sdk.payouts().cancel(payout_id)
    yield (payout_id,)


@succeeds("payouts.cancelapproval", 204)
def a_payout_waits_again(world):
    payout_id = sent(world)
    nothing = yield (payout_id,)
    assert nothing is None
    assert world.sdk.payouts().get(payout_id).status == "PENDING_APPROVAL"


@refused("payouts.cancelapproval", ApiException, 402)
def a_payout_that_waits_already(world):
    yield (asked(world),)
