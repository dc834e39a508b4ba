"""Connect's JSON for card payments: the fields we send and the fields we read, in its own names and units.

Names and types: the request schemas of the official Node.js SDK and the domain classes of the Python SDK 6.3.0.
Amounts are integers with two implied decimals in every currency, yen included.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Sent(BaseModel):
    """Part of a request: only documented fields, and none of them null."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    def as_json(self) -> bytes:
        """Return the body as sent, UTF-8."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class Received(BaseModel):
    """Part of an answer: fields that we do not know are ignored, since Connect adds some without a new version.

    A code that arrives as a number where text is documented is no reason to lose sight of a payment.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, coerce_numbers_to_str=True
    )


class AmountOfMoney(Sent):
    """An amount with two implied decimals."""

    amount: int
    currency_code: str


class PersonalName(Sent):
    """A person's name."""

    first_name: str | None = None
    surname: str | None = None


class Address(Sent):
    """Where the customer is billed."""

    street: str | None = None
    additional_info: str | None = None
    zip: str | None = None
    city: str | None = None
    state_code: str | None = None
    country_code: str


class AddressPersonal(Address):
    """Where the parcel goes, and to whom."""

    name: PersonalName | None = None


class ContactDetails(Sent):
    """How the customer is reached."""

    email_address: str | None = None
    phone_number: str | None = None


class PersonalInformation(Sent):
    """Who the customer is."""

    name: PersonalName


class CompanyInformation(Sent):
    """For whom the customer buys."""

    name: str


class Customer(Sent):
    """Who pays."""

    merchant_customer_id: str
    locale: str
    billing_address: Address
    contact_details: ContactDetails | None = None
    personal_information: PersonalInformation | None = None
    company_information: CompanyInformation | None = None


class OrderReferences(Sent):
    """By what the payment is found again; the reference is ours and unique, the order id may repeat."""

    merchant_reference: str
    merchant_order_id: int | None = None


class Shipping(Sent):
    """Where the order goes."""

    address: AddressPersonal


class Order(Sent):
    """What is paid for."""

    amount_of_money: AmountOfMoney
    customer: Customer
    references: OrderReferences
    shipping: Shipping | None = None


class CardPaymentMethodSpecificInput(Sent):
    """How the card is charged. `requires_approval` is never left to the account's default, which may capture."""

    authorization_mode: Literal["PRE_AUTHORIZATION", "FINAL_AUTHORIZATION", "SALE"]
    requires_approval: bool
    token: str


class CreatePaymentRequest(Sent):
    """`POST /payments`."""

    order: Order
    card_payment_method_specific_input: CardPaymentMethodSpecificInput


class ApprovePaymentRequest(Sent):
    """`POST /payments/{id}/approve`: Connect would take the whole hold if the amount were left out."""

    amount: int


class ReceivedAmount(Received):
    """An amount with two implied decimals, as answered."""

    amount: int
    currency_code: str


class ReceivedReferences(Received):
    """By what the payment is found."""

    merchant_reference: str | None = None


class CardOutput(Received):
    """What the issuer told of the card."""

    authorisation_code: str | None = None


class PaymentOutput(Received):
    """Amounts and references; the running totals are absent or zero until something moves."""

    amount_of_money: ReceivedAmount | None = None
    references: ReceivedReferences | None = None
    card_payment_method_specific_output: CardOutput | None = None
    amount_paid: int | None = None
    amount_captured: int | None = None
    amount_capture_requested: int | None = None


class ApiError(Received):
    """One reason of a refusal or decline."""

    code: str = ""
    message: str = ""
    property_name: str | None = None


class StatusOutput(Received):
    """What stands beside a status. `statusCode` is legacy, for people to read, and not read here."""

    is_authorized: bool | None = None
    is_retriable: bool | None = None
    status_code_change_date_time: str | None = None
    errors: tuple[ApiError, ...] | None = None


class Payment(Received):
    """A payment; GET answers it bare, create, approve and cancel wrap it."""

    id: Annotated[str, Field(min_length=1)]
    status: Annotated[str, Field(min_length=1)]
    payment_output: PaymentOutput | None = None
    status_output: StatusOutput | None = None


class VoidOutput(Received):
    """What came of the reversal at the issuer; a GET does not carry it."""

    void_response_id: str | None = None


class PaymentAnswer(Received):
    """The answer to create, approve and cancel."""

    payment: Payment
    card_payment_method_specific_output: VoidOutput | None = None


class FindPaymentsAnswer(Received):
    """One page of `GET /payments`."""

    total_count: int | None = None
    payments: tuple[Payment, ...] | None = None


class ErrorAnswer(Received):
    """A refusal; with `payment_result` it is a decline, whatever the HTTP status."""

    error_id: str | None = None
    errors: tuple[ApiError, ...] | None = None
    payment_result: PaymentAnswer | None = None


class ConnectionAnswer(Received):
    """The answer to `GET /services/testconnection`."""

    result: str
