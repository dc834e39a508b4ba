"""The names that `bench/` reads by this module; they live in `ingenico.wire`."""

from ingenico.wire.cards import CardPaymentMethodSpecificInput
from ingenico.wire.customer import Address, ContactDetails, Customer, PersonalInformation, PersonalName
from ingenico.wire.money import AmountOfMoney
from ingenico.wire.order import Order, OrderReferences
from ingenico.wire.payments import ApprovePaymentRequest, CreatePaymentRequest, Payment, PaymentAnswer

__all__ = [
    "Address",
    "AmountOfMoney",
    "ApprovePaymentRequest",
    "CardPaymentMethodSpecificInput",
    "ContactDetails",
    "CreatePaymentRequest",
    "Customer",
    "Order",
    "OrderReferences",
    "Payment",
    "PaymentAnswer",
    "PersonalInformation",
    "PersonalName",
]
