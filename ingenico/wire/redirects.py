"""Paying at a third party (iDEAL | Wero, 809), and what the customer has to be shown or sent to.

Sources: `redirect_payment_method_specific_input.py`, `redirect_payment_product809_specific_input.py`,
`redirect_payment_method_specific_output.py`, `merchant_action.py`, `redirect_data_base.py`.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from ingenico.wire.bank_accounts import ReceivedIban
from ingenico.wire.base import Beside, Flag, Hidden, ProductId, Received, Sent
from ingenico.wire.cards import FraudResults
from ingenico.wire.three_d_secure import RedirectionData


class Product809Input(Sent):
    """iDEAL | Wero."""

    expiration_period: Annotated[str, StringConstraints(pattern=r"^([1-9]|[1-5][0-9]|60)$")] | None = None
    """Minutes a customer has to complete the payment at the bank; 60 at most and by default. Not below 10, it says."""
    issuer_id: str | None = None
    """ID of the issuing bank of the customer."""


class RedirectPaymentMethodSpecificInput(Sent):
    """A payment that is completed at a third party."""

    payment_product_id: ProductId
    requires_approval: Flag | None = None
    redirection_data: RedirectionData
    payment_product_809_specific_input: Product809Input | None = None


class HostedRedirectInput(Sent):
    """The same on a hosted page, which knows where the customer goes back to."""

    payment_product_id: ProductId | None = None
    requires_approval: Flag | None = None


class RedirectPaymentMethodSpecificOutput(Received):
    """What is told of a payment at a third party; the payer's account is known after it."""

    payment_product_id: int | None = None
    bank_account_iban: Beside[ReceivedIban] = None
    bic: str | None = None
    fraud_results: Beside[FraudResults] = None


class ActionType(StrEnum):
    """What has to happen next (`merchant_action.py`)."""

    REDIRECT = "REDIRECT"
    """The customer needs to be redirected using the details found in redirectData."""
    SHOW_FORM = "SHOW_FORM"
    """The customer needs to be shown a form with the fields found in formFields."""
    SHOW_INSTRUCTIONS = "SHOW_INSTRUCTIONS"
    """The customer needs to be shown payment instruction using the details found in showData."""
    SHOW_TRANSACTION_RESULTS = "SHOW_TRANSACTION_RESULTS"
    """The customer needs to be shown the transaction results using the details found in showData."""
    MOBILE_THREEDS_CHALLENGE = "MOBILE_THREEDS_CHALLENGE"
    """The customer needs to complete a challenge inside your mobile app."""
    INITIALIZE_INAPP_THREED_SECURE_SDK = "INITIALIZE_INAPP_THREED_SECURE_SDK"
    """You need to initialize the 3D in app SDK using the returned parameters."""
    CALL_THIRD_PARTY = "CALL_THIRD_PARTY"
    """The merchant needs to call a third party using the data found in thirdPartyData."""


class RedirectData(Received):
    """Where the customer is sent, and by what they are known when they come back.

    The SDK explains `RETURNMAC` at a hosted checkout: "you should store this data, so you can identify the returning
    customer". Whoever has either can act as that customer, so neither is shown.
    """

    redirect_url: Annotated[Hidden, Field(alias="redirectURL")]
    returnmac: Annotated[Hidden | None, Field(alias="RETURNMAC")] = None


class ShownValue(Received):
    """One thing to show the customer."""

    key: str
    value: str | None = None


class MerchantAction(Received):
    """What has to happen next, if anything."""

    action_type: str
    """One of `ActionType`, or a word of a later version."""
    redirect_data: Beside[RedirectData] = None
    show_data: Beside[tuple[ShownValue, ...]] = None
