"""From what we ask to what Connect is sent.

Lengths are those that OroCommerce's own extension enforces (`oroinc/IngenicoBundle`, `Ingenico/Option`) and, for
`additionalInfo`, ActiveMerchant's; Connect's schemas name none. What means something else when cut is left out.
"""

from pydantic import SecretStr

from ingenico.amounts import amount_as_sent
from ingenico.wire import captures
from ingenico.wire import customer as wire
from ingenico.wire import refunds as wire_refunds
from ingenico.wire.cards import CardPaymentMethodSpecificInput
from ingenico.wire.money import AmountOfMoney
from ingenico.wire.order import Order, OrderReferences, Shipping
from ingenico.wire.payments import ApprovePaymentRequest, CreatePaymentRequest
from ingenico.wire.three_d_secure import RedirectionData, ThreeDSecure
from payments import order as ours
from payments.methods import Challenge, PaymentAction, PaymentInstruction
from payments.methods import ThreeDSecure as OursThreeDSecure
from payments.money import Money
from payments.provider import AuthorizationRequest, CaptureRequest, RefundRequest

_MODES = {
    PaymentAction.PRE_AUTHORIZATION: "PRE_AUTHORIZATION",
    PaymentAction.FINAL_AUTHORIZATION: "FINAL_AUTHORIZATION",
    PaymentAction.SALE: "SALE",
}

_CHALLENGES = {
    Challenge.NO_PREFERENCE: "no-preference",
    Challenge.NOT_REQUESTED: "no-challenge-requested",
    Challenge.REQUESTED: "challenge-requested",
    Challenge.MANDATED: "challenge-required",
}


def create_payment(request: AuthorizationRequest) -> CreatePaymentRequest:
    """Return the body that asks for this authorization."""
    encrypted = request.instruction.encrypted_input
    return CreatePaymentRequest(
        encrypted_customer_input=None if encrypted is None else SecretStr(encrypted),
        order=order_of(request.order, request.amount, request.reference),
        card_payment_method_specific_input=_card(request.instruction, by_merchant=request.by_merchant),
    )


def order_of(order: ours.Order, amount: Money, reference: str) -> Order:
    """Return the order as Connect is told of it, to be paid with `amount` under `reference`."""
    return Order(
        amount_of_money=_amount(amount),
        customer=_customer(order),
        references=OrderReferences(merchant_reference=reference, merchant_order_id=order.provider_order_id),
        shipping=_shipping(order.shipping_address),
    )


def approve_payment(amount: Money) -> ApprovePaymentRequest:
    """Return the body that captures this amount."""
    return ApprovePaymentRequest(amount=amount_as_sent(amount))


def capture_payment(request: CaptureRequest) -> captures.CapturePaymentRequest:
    """Return the body of one of several captures: amount and finality are said, so that nothing means everything."""
    reference = captures.CaptureReferences(merchant_capture_reference=request.reference)
    return captures.CapturePaymentRequest(
        amount=amount_as_sent(request.amount),
        is_final=request.is_final,
        order=captures.CaptureOrder(references=reference),
    )


def refund(request: RefundRequest) -> wire_refunds.RefundRequest:
    """Return the body that gives this amount back, under a reference of its own."""
    return wire_refunds.RefundRequest(
        amount_of_money=_amount(request.amount),
        refund_references=wire_refunds.RefundReferences(merchant_reference=request.reference),
    )


def _amount(amount: Money) -> AmountOfMoney:
    return AmountOfMoney(amount=amount_as_sent(amount), currency_code=amount.currency)


def card_input(instruction: PaymentInstruction) -> dict[str, object]:
    """Return what is asked of every card, here or on a hosted page. Approval is always said: a default may capture."""
    return {
        "authorization_mode": _MODES[instruction.action],
        "requires_approval": instruction.action is not PaymentAction.SALE,
    }


def _card(instruction: PaymentInstruction, *, by_merchant: bool) -> CardPaymentMethodSpecificInput:
    """Name the card. Of one that is asked again without its customer, schemes want to hear that, from the first on."""
    on_file = {}
    if by_merchant or instruction.reauthorize:
        on_file = {
            "unscheduled_card_on_file_requestor": "merchantInitiated" if by_merchant else "cardholderInitiated",
            "unscheduled_card_on_file_sequence_indicator": "subsequent" if by_merchant else "first",
        }
    return CardPaymentMethodSpecificInput.model_validate(
        {
            **card_input(instruction),
            **on_file,
            "token": None if instruction.token is None else SecretStr(instruction.token),
            # Whoever is not there cannot be asked who they are.
            "three_d_secure": None if by_merchant else _three_d_secure(instruction),
        }
    )


def _three_d_secure(instruction: PaymentInstruction) -> ThreeDSecure | None:
    """Nothing is said where nothing is asked: then the account's own settings decide."""
    asked, back = instruction.three_d_secure, instruction.return_url
    if asked is None and back is None:
        return None
    redirection = RedirectionData(return_url=back) if back else None
    return ThreeDSecure.model_validate({**authentication(asked), "redirection_data": redirection})


def authentication(asked: OursThreeDSecure | None) -> dict[str, object]:
    """Return what is asked of 3-D Secure, here or on a hosted page."""
    if asked is None:
        return {}
    return {
        "challenge_indicator": _CHALLENGES[asked.challenge],
        "exemption_request": asked.exemption.value.replace("_", "-"),
        "skip_authentication": True if asked.skip else None,
    }


def _customer(order: ours.Order) -> wire.Customer:
    customer, address = order.customer, order.billing_address
    company = cut(customer.company or address.organization, 40)
    name = _name(customer.first_name or address.first_name, customer.last_name or address.last_name)
    return wire.Customer(
        merchant_customer_id=customer.customer_id[:16],
        locale=customer.locale[:6],
        billing_address=wire.Address(**_address(address)),
        contact_details=_contact(customer.email, address.phone),
        personal_information=None if name is None else wire.PersonalInformation(name=name),
        company_information=None if company is None else wire.CompanyInformation(name=company),
    )


def _contact(email: str | None, phone: str | None) -> wire.ContactDetails | None:
    """A cut e-mail address or telephone number would be a stranger's."""
    contact = wire.ContactDetails(email_address=fitting(email, 70), phone_number=fitting(phone, 20))
    return contact if contact.email_address or contact.phone_number else None


def _name(first: str | None, last: str | None) -> wire.PersonalName | None:
    name = wire.PersonalName(first_name=cut(first, 15), surname=cut(last, 70))
    return name if name.first_name or name.surname else None


def _address(address: ours.Address) -> dict[str, str | None]:
    return {
        "street": cut(address.street, 50),
        "additional_info": cut(address.street2, 50),
        "zip": cut(address.postal_code, 10),
        "city": cut(address.city, 40),
        # Part of a region's code is the code of another region.
        "state_code": fitting(address.region_code, 9),
        "country_code": address.country_code,
    }


def _shipping(address: ours.Address | None) -> Shipping | None:
    if address is None:
        return None
    name = _name(address.first_name, address.last_name)
    return Shipping(address=wire.AddressPersonal.model_validate({**_address(address), "name": name}))


def cut(text: str | None, length: int) -> str | None:
    """Return at most `length` characters, or None for nothing to say."""
    stripped = (text or "").strip()
    return stripped[:length].rstrip() or None


def fitting(text: str | None, length: int) -> str | None:
    """Return the text whole, or None when it is longer than `length` or says nothing."""
    stripped = (text or "").strip()
    return stripped if 0 < len(stripped) <= length else None
