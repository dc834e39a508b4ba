"""Collecting from a bank account: SEPA by token (770) or by mandate (771), and ACH (730).

Sources: `sepa_direct_debit_payment_method_specific_input.py`, `sepa_direct_debit_payment_product771_specific_input.py`,
`non_sepa_direct_debit_payment_method_specific_input.py`, their outputs.
A debit that waits for approval is authorized by nobody: its `isAuthorized` is false in every recording.
"""

from typing import Literal, Self

from pydantic import model_validator

from ingenico.wire.bank_accounts import BankAccountBban
from ingenico.wire.base import Beside, Date, Flag, Hidden, Received, Sent, given
from ingenico.wire.cards import FraudResults, Sequence
from ingenico.wire.mandates import CreateMandateRequest


class SepaProduct771Input(Sent):
    """The mandate to collect by: an existing one, or one made with the payment."""

    existing_unique_mandate_reference: str | None = None
    """The unique reference of the existing mandate to use in this payment."""
    mandate: CreateMandateRequest | None = None

    @model_validator(mode="after")
    def _one_mandate(self) -> Self:
        if given(self.existing_unique_mandate_reference, self.mandate) != 1:
            raise ValueError("name an existing mandate or make a new one: exactly one of the two")
        return self


class SepaDirectDebitPaymentMethodSpecificInput(Sent):
    """SEPA direct debit: 770 by token, 771 by mandate.

    All but the mandate and the approval is "only relevant for legacy SEPA Direct Debit", which is 770.
    """

    payment_product_id: Literal[770, 771]
    requires_approval: Flag
    token: Hidden | None = None
    """ID of the token that holds previously stored SEPA Direct Debit account and mandate data."""
    direct_debit_text: str | None = None
    """Description of the transaction that will appear on the customer bank statement."""
    date_collect: Date | None = None
    """Changed date for direct debit collection."""
    is_recurring: Flag | None = None
    recurring_payment_sequence_indicator: Sequence | None = None
    payment_product_771_specific_input: SepaProduct771Input | None = None

    @model_validator(mode="after")
    def _what_its_product_takes(self) -> Self:
        legacy = (
            self.direct_debit_text,
            self.date_collect,
            self.is_recurring,
            self.recurring_payment_sequence_indicator,
        )
        if self.payment_product_id == 770:
            fits = self.token is not None and self.payment_product_771_specific_input is None
        else:
            fits = self.payment_product_771_specific_input is not None and given(self.token, *legacy) == 0
        if not fits:
            raise ValueError("product 770 takes a token, product 771 a mandate and no field of 770")
        return self


class AchInput(Sent):
    """The account to collect from, when neither a token nor encrypted input tells it."""

    bank_account_bban: BankAccountBban


class DirectDebitPaymentMethodSpecificInput(Sent):
    """ACH: the account comes by token, in the request's encryptedCustomerInput, or in the clear."""

    payment_product_id: Literal[730]
    requires_approval: Flag
    token: Hidden | None = None
    """ID of the stored token that contains the bank account details to be debited."""
    tokenize: Flag | None = None
    direct_debit_text: str | None = None
    """Descriptor intended to identify the transaction on the customer's bank statement."""
    date_collect: Date | None = None
    """Direct Debit payment collection date."""
    is_recurring: Flag | None = None
    recurring_payment_sequence_indicator: Sequence | None = None
    payment_product_730_specific_input: AchInput | None = None

    @model_validator(mode="after")
    def _one_account(self) -> Self:
        if given(self.token, self.payment_product_730_specific_input) > 1:
            raise ValueError("the account is named twice: send the token or the account")
        return self


class ApproveDirectDebitInput(Sent):
    """What may still be said of a debit at its approval."""

    date_collect: Date | None = None
    token: Hidden | None = None


class Product771Output(Received):
    """The mandate that was used."""

    mandate_reference: str | None = None
    """Unique reference to a Mandate."""


class SepaDirectDebitPaymentMethodSpecificOutput(Received):
    """What is told of a SEPA direct debit."""

    payment_product_id: int | None = None
    token: Hidden | None = None
    fraud_results: Beside[FraudResults] = None
    payment_product_771_specific_output: Beside[Product771Output] = None


class DirectDebitPaymentMethodSpecificOutput(Received):
    """What is told of an ACH debit."""

    payment_product_id: int | None = None
    fraud_results: Beside[FraudResults] = None
