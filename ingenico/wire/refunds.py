"""Refunds: money given back, each with a life of its own.

Sources: `refund_request.py`, `refund_references.py`, `refund_customer.py`, `bank_refund_method_specific_input.py`,
`approve_refund_request.py`, `refund_result.py`, `refund_output.py`, `refund_card_method_specific_output.py`,
`find_refunds_response.py`, `refunds_response.py`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingenico.wire.bank_accounts import BankAccountBban, BankAccountIban
from ingenico.wire.base import Beside, Cents, CountryCode, Date, MerchantReference, Received, Sent, given
from ingenico.wire.customer import AddressPersonal
from ingenico.wire.money import AmountOfMoney, ReceivedAmount
from ingenico.wire.payments import PaymentReferences
from ingenico.wire.status_output import OrderStatusOutput

RefundReason = Literal["RETURN", "CORRECTION", "PRE_DISPUTE", "SUBSCRIPTION", "SERVICE_LATE_CANCELLATION", "OTHER"]


class RefundReferences(Sent):
    """By what the refund is found again."""

    merchant_reference: MerchantReference


class RefundCustomer(Sent):
    """Who is paid."""

    address: AddressPersonal


class BankRefundInput(Sent):
    """To which account a refund of a bank payment goes."""

    bank_account_iban: BankAccountIban | None = None
    bank_account_bban: BankAccountBban | None = None
    country_code: CountryCode

    @model_validator(mode="after")
    def _one_account(self) -> Self:
        if given(self.bank_account_iban, self.bank_account_bban) != 1:
            raise ValueError("name the account once: by IBAN or in its country's form")
        return self


class RefundRequest(Sent):
    """`POST /payments/{id}/refund`, `POST /captures/{id}/refund`: a part or all of what was paid."""

    amount_of_money: AmountOfMoney
    refund_references: RefundReferences
    refund_reason: RefundReason | None = None
    refund_date: Date | None = None
    customer: RefundCustomer | None = None
    bank_refund_method_specific_input: BankRefundInput | None = None


class ApproveRefundRequest(Sent):
    """`POST /refunds/{id}/approve`, where the account asks for approval of refunds."""

    amount: Cents
    """Refund amount to be approved."""


class CardRefundOutput(Received):
    """What is told of a refund to a card."""

    total_amount_paid: int | None = None
    """Total paid amount (in cents and always with 2 decimals)."""
    total_amount_refunded: int | None = None
    authorisation_code: str | None = None


class RefundOutput(Received):
    """What is given back."""

    amount_of_money: ReceivedAmount | None = None
    references: PaymentReferences | None = None
    payment_method: str | None = None
    amount_paid: int | None = None
    card_refund_method_specific_output: Beside[CardRefundOutput] = None


class Refund(Received):
    """A refund; a rejected one may come with any HTTP status, a success included."""

    id: Annotated[str, Field(min_length=1)]
    status: Annotated[str, Field(min_length=1)]
    """One of `RefundStatus`, or a word of a later version."""
    refund_output: RefundOutput | None = None
    status_output: OrderStatusOutput | None = None


class RefundsAnswer(Received):
    """All refunds of a payment."""

    refunds: tuple[Refund, ...] | None = None


class FindRefundsAnswer(Received):
    """One page of `GET /refunds`."""

    total_count: int | None = None
    refunds: tuple[Refund, ...] | None = None
