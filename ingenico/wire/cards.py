"""Paying by card: by token or by input that the browser encrypted. A card number is in no request of ours.

Sources: `card_payment_method_specific_input.py`, `abstract_card_payment_method_specific_input.py`; the latter explains
no field, so those meanings are from `card_payment_method_specific_input_base.py` of the SDK's release 2.26.0, the last
that has them. `card_payment_method_specific_output.py`, `card_fraud_results.py`, `fraud_results.py`,
`card_essentials.py`, `card_recurrence_details.py`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingenico.wire.base import Beside, Date, Flag, Hidden, ProductId, Received, Sent
from ingenico.wire.three_d_secure import ThreeDSecure, ThreeDSecureBase, ThreeDSecureResults

Sequence = Literal["first", "recurring", "last"]
"""first, a subsequent one, or the last "of a series of recurring transactions". "For any first of a recurring the
system will automatically create a token"."""


class CardRecurrence(Sent):
    """A series of payments."""

    end_date: Date | None = None
    """After which there will be no further charges; five years after the first by default."""
    min_frequency: Annotated[int, Field(ge=1, le=32767, strict=True)] | None = None
    """Minimum number of days between authorizations; 30 by default."""
    recurring_payment_sequence_indicator: Sequence


class CardInputBase(Sent):
    """How a card is charged, here or on a hosted page."""

    payment_product_id: ProductId | None = None
    authorization_mode: Literal["PRE_AUTHORIZATION", "FINAL_AUTHORIZATION", "SALE"]
    """FINAL_AUTHORIZATION can't be reversed and is captured in full within 7 days; PRE_AUTHORIZATION can be reversed,
    is captured within 30 days, and the amount may be lower; SALE: captured at the moment of approval. "Only used with
    some acquirers, ignored by others"."""
    requires_approval: Flag
    """true = the payment requires approval before the funds will be captured. Left out, the account's default decides,
    which may capture: so it is always said."""
    token: Hidden | None = None
    """ID of the token that holds previously stored card data."""
    tokenize: Flag | None = None
    """Not for a payment that ends in REDIRECTED: that one is tokenized by a call of its own afterwards."""
    transaction_channel: Literal["ECOMMERCE", "MOTO"] | None = None
    skip_fraud_service: Flag | None = None
    """true = the fraud service is skipped; only if the account allows it."""
    recurring: CardRecurrence | None = None
    unscheduled_card_on_file_requestor: Literal["merchantInitiated", "cardholderInitiated"] | None = None
    """Who asks for a payment with a stored card outside of a schedule. Not allowed if isRecurring is true."""
    unscheduled_card_on_file_sequence_indicator: Literal["first", "subsequent"] | None = None
    initial_scheme_transaction_id: str | None = None
    """The unique scheme transactionId of the initial transaction that was performed with SCA."""


class CardPaymentMethodSpecificInput(CardInputBase):
    """How the card is charged: by `token`, or by the request's encryptedCustomerInput, or by both (a CVV beside it)."""

    is_recurring: Flag | None = None
    """Indicates if this transaction is of a one-off or a recurring type."""
    three_d_secure: ThreeDSecure | None = None

    @model_validator(mode="after")
    def _either_scheduled_or_not(self) -> Self:
        unscheduled = self.unscheduled_card_on_file_requestor or self.unscheduled_card_on_file_sequence_indicator
        if self.is_recurring and unscheduled:
            raise ValueError("unscheduledCardOnFile fields are not allowed when isRecurring is true: send one of them")
        return self


class HostedCardInput(CardInputBase):
    """How a card is charged that the customer enters on a hosted page."""

    three_d_secure: ThreeDSecureBase | None = None


class CardEssentials(Received):
    """What is told of the card: its number masked by Connect (`************7977`, or with its first six digits)."""

    card_number: Hidden | None = None
    cardholder_name: Hidden | None = None
    expiry_date: Hidden | None = None
    """MMYY."""


class FraudResults(Received):
    """What the fraud service says."""

    fraud_service_result: str | None = None
    """accepted; challenged: "should be manually reviewed"; denied: "should be rejected"; no-advice: "No fraud check was
    requested/performed"; error."""


class CardFraudResults(FraudResults):
    """What the fraud service and the issuer's checks say."""

    avs_result: str | None = None
    """Result of the Address Verification Service checks: a letter, 0 for no service."""
    cvv_result: str | None = None
    """M match, N no match, P not performed, S claims no CVV, U issuer not certified, Y no response, 0 no service."""


class CardPaymentMethodSpecificOutput(Received):
    """What is told of a payment by card."""

    payment_product_id: int | None = None
    authorisation_code: str | None = None
    """Card Authorization code as returned by the acquirer."""
    card: Beside[CardEssentials] = None
    fraud_results: Beside[CardFraudResults] = None
    three_d_secure_results: Beside[ThreeDSecureResults] = None
    token: Hidden | None = None
    """If a token was used for or created during the payment, then the ID of that token."""
    initial_scheme_transaction_id: str | None = None
    """By the SDK: "Should be stored by the merchant to allow it to be submitted in future transactions"."""
    scheme_transaction_id: str | None = None
    """By the SDK: "Use this value in case the initialSchemeTransactionId property is empty"."""
