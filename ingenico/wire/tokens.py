"""Tokens: payment details that Connect keeps, so that nobody else has to.

Sources: `create_token_request.py`, `update_token_request.py`, `token_response.py`, `create_token_response.py`,
`tokenize_payment_request.py`, `token_card.py`, `token_card_data.py`, `token_sepa_direct_debit_without_creditor.py`,
`mandate_sepa_direct_debit_without_creditor.py`, `mandate_approval.py`, `debtor.py`, `token_non_sepa_direct_debit.py`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingenico.wire.bank_accounts import BankAccountBban, BankAccountIban, ReceivedBban, ReceivedIban
from ingenico.wire.base import Beside, CountryCode, Date, Flag, Hidden, ProductId, Received, Sent, given
from ingenico.wire.cards import CardEssentials
from ingenico.wire.customer import CustomerToken


class ChangedCard(Sent):
    """What changes of a stored card; its number never does, and its CVV is never stored."""

    expiry_date: Hidden | None = None
    """Expiry date of the card, MMYY."""
    cardholder_name: Hidden | None = None


class TokenCardData(Sent):
    """The card's own part of a token."""

    card_without_cvv: ChangedCard


class TokenCard(Sent):
    """A stored card: whose it is, and what it is called. The card itself comes encrypted, or is known already."""

    alias: str | None = None
    """What the token is called. "Do not include any unobfuscated sensitive data in the alias"."""
    customer: CustomerToken | None = None
    data: TokenCardData | None = None


class MandateApproval(Sent):
    """The signature under a mandate. Also the body of `POST /tokens/{id}/approvesepadirectdebit`."""

    mandate_signature_date: Date
    """The date when the mandate was signed."""
    mandate_signature_place: str
    """The city where the mandate was signed."""
    mandate_signed: Flag


class Debtor(Sent):
    """The consumer or company that will be debited."""

    first_name: str | None = None
    surname: str
    street: str | None = None
    house_number: str | None = None
    additional_address_info: str | None = None
    zip: str | None = None
    city: str | None = None
    state_code: str | None = None
    country_code: CountryCode | None = None


class TokenMandate(Sent):
    """The mandate of a SEPA token (product 770)."""

    bank_account_iban: BankAccountIban
    debtor: Debtor
    is_recurring: Flag | None = None
    mandate_approval: MandateApproval | None = None
    """Left out, the mandate is approved by a call of its own before anything can be collected."""
    pre_notification: Literal["do-not-send", "send-on-first-collection"] | None = None


class TokenSepaDirectDebit(Sent):
    """An account to collect from by SEPA."""

    alias: str | None = None
    customer: CustomerToken
    mandate: TokenMandate


class AchAccount(Sent):
    """An account to collect from by ACH."""

    bank_account_bban: BankAccountBban


class AchMandate(Sent):
    """The mandate of an ACH token."""

    payment_product_730_specific_data: AchAccount


class TokenNonSepaDirectDebit(Sent):
    """An account to collect from outside of SEPA."""

    alias: str | None = None
    customer: CustomerToken
    mandate: AchMandate


class CreateTokenRequest(Sent):
    """`POST /tokens`: encrypted input, with a card's own words beside it if need be, or an account in the clear."""

    payment_product_id: ProductId | None = None
    """Not needed beside encrypted input, which carries it."""
    encrypted_customer_input: Hidden | None = None
    """As in a payment: "can only be submitted once"."""
    card: TokenCard | None = None
    sepa_direct_debit: TokenSepaDirectDebit | None = None
    non_sepa_direct_debit: TokenNonSepaDirectDebit | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if given(self.encrypted_customer_input, self.sepa_direct_debit, self.non_sepa_direct_debit) != 1:
            raise ValueError("a token is made of one thing: encryptedCustomerInput, a SEPA or another bank account")
        if self.encrypted_customer_input is None and (self.card is not None or self.payment_product_id is None):
            raise ValueError("an account in the clear needs its paymentProductId and has no card beside it")
        return self


class UpdateTokenRequest(Sent):
    """`PUT /tokens/{id}`: what changes of a stored card or account."""

    payment_product_id: ProductId
    card: TokenCard | None = None
    sepa_direct_debit: TokenSepaDirectDebit | None = None
    non_sepa_direct_debit: TokenNonSepaDirectDebit | None = None

    @model_validator(mode="after")
    def _one_part(self) -> Self:
        if given(self.card, self.sepa_direct_debit, self.non_sepa_direct_debit) != 1:
            raise ValueError("a token holds one thing: change the card or the account")
        return self


class TokenizePaymentRequest(Sent):
    """`POST /payments/{id}/tokenize`."""

    alias: str | None = None


class CreateTokenAnswer(Received):
    """The answer to create and to tokenize."""

    token: Annotated[Hidden, Field(min_length=1)]
    """ID of the token."""
    is_new_token: bool | None = None
    """false - A token with the same card number already exists and is returned, not updated."""
    original_payment_id: str | None = None
    """The initial Payment ID of the transaction from which the token has been created."""


class ReceivedTokenCardData(Received):
    """A stored card, its number masked."""

    card_without_cvv: Beside[CardEssentials] = None


class ReceivedTokenCard(Received):
    """A stored card."""

    alias: str | None = None
    data: Beside[ReceivedTokenCardData] = None


class ReceivedTokenMandate(Received):
    """A stored SEPA mandate (`mandate_sepa_direct_debit.py`)."""

    mandate_id: str | None = None
    """Unique mandate identifier."""
    bank_account_iban: Beside[ReceivedIban] = None


class ReceivedTokenSepa(Received):
    """A stored account for SEPA."""

    alias: str | None = None
    mandate: Beside[ReceivedTokenMandate] = None


class ReceivedAchAccount(Received):
    """A stored account's own part."""

    bank_account_bban: Beside[ReceivedBban] = None


class ReceivedAchMandate(Received):
    """A stored ACH mandate."""

    payment_product_730_specific_data: Beside[ReceivedAchAccount] = None


class ReceivedTokenNonSepa(Received):
    """A stored account for ACH."""

    alias: str | None = None
    mandate: Beside[ReceivedAchMandate] = None


class Token(Received):
    """A token; the event of a deleted one carries its id alone."""

    id: Hidden
    payment_product_id: int | None = None
    original_payment_id: str | None = None
    card: Beside[ReceivedTokenCard] = None
    sepa_direct_debit: Beside[ReceivedTokenSepa] = None
    non_sepa_direct_debit: Beside[ReceivedTokenNonSepa] = None
