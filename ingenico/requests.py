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
from payments import order as ours
from payments.methods import PaymentAction, PaymentInstruction
from payments.money import Money
from payments.provider import AuthorizationRequest, CaptureRequest, RefundRequest

_MODES = {
    PaymentAction.PRE_AUTHORIZATION: "PRE_AUTHORIZATION",
    PaymentAction.FINAL_AUTHORIZATION: "FINAL_AUTHORIZATION",
    PaymentAction.SALE: "SALE",
}


def create_payment(request: AuthorizationRequest) -> CreatePaymentRequest:
    """Return the body that asks for this authorization."""
    return CreatePaymentRequest(
        order=Order(
            amount_of_money=_amount(request.amount),
            customer=_customer(request.order),
            references=OrderReferences(
                merchant_reference=request.reference, merchant_order_id=request.order.provider_order_id
            ),
            shipping=_shipping(request.order.shipping_address),
        ),
        card_payment_method_specific_input=_card(request.instruction, by_merchant=request.by_merchant),
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
            **on_file,
            "authorization_mode": _MODES[instruction.action],
            "requires_approval": instruction.action is not PaymentAction.SALE,
            "token": SecretStr(instruction.token),
        }
    )


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
