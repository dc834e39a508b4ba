"""Authentication of the cardholder: what is asked for, and what came of it.

Sources: `three_d_secure.py`, `abstract_three_d_secure.py`, whose values `g_pay_three_d_secure.py` explains for the same
fields, `redirection_data.py`, `three_d_secure_data.py`, `three_d_secure_results.py`, `exemption_output.py`.
"""

from typing import Annotated, Literal

from pydantic import StringConstraints

from ingenico.wire.base import Beside, Flag, Hidden, Received, ReturnUrl, Sent
from ingenico.wire.money import AmountOfMoney, ReceivedAmount


class RedirectionData(Sent):
    """Where the customer comes back to."""

    return_url: ReturnUrl
    """The URL that the customer is redirect to after the payment flow has finished. Key value pairs are appended:
    `REF` (the payment's id) and `RETURNMAC`, by the vendor's Magento 2 plugin."""
    variant: str | None = None
    """The id of a variation of the hosted pages."""


class PriorAuthentication(Sent):
    """An earlier authentication of the customer (`three_d_secure_data.py`)."""

    acs_transaction_id: str
    """The ACS Transaction ID for a prior 3-D Secure authenticated transaction (for example, the first recurring
    transaction that was authenticated with the customer)."""
    method: Literal["frictionless", "challenged", "avs-verified", "other"]
    utc_timestamp: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    """Timestamp in UTC (YYYYMMDDHHmm)."""


class ThreeDSecureBase(Sent):
    """What a payment and a hosted checkout may both say (`abstract_three_d_secure.py`)."""

    authentication_amount: AmountOfMoney | None = None
    authentication_flow: Literal["browser"] | None = None
    """In-app authentication exists too (`sdkData`); its word is not published, and no shop of ours is an app."""
    challenge_canvas_size: Literal["250x400", "390x400", "500x600", "600x400", "full-screen"] | None = None
    """Dimensions of the challenge window; 250x400 by default."""
    challenge_indicator: (
        Literal["no-preference", "no-challenge-requested", "challenge-requested", "challenge-required"] | None
    ) = None
    """Allows you to indicate if you want the customer to be challenged for extra security on this transaction."""
    exemption_request: Literal["none", "automatic", "transaction-risk-analysis", "low-value", "whitelist"] | None = None
    """Type of strong customer authentication (SCA) exemption requested for this transaction."""
    prior_three_d_secure_data: PriorAuthentication | None = None
    skip_authentication: Flag | None = None
    """true = 3D Secure authentication will be skipped for this transaction. This setting should be used when
    isRecurring is set to true and recurringPaymentSequenceIndicator is set to recurring. Only possible if the account
    allows it."""


class ThreeDSecure(ThreeDSecureBase):
    """3-D Secure for a payment made here."""

    redirection_data: RedirectionData | None = None


class ThreeDSecureData(Received):
    """How the customer was authenticated."""

    acs_transaction_id: str | None = None
    method: str | None = None
    utc_timestamp: str | None = None


class ExemptionOutput(Received):
    """What came of the exemption."""

    exemption_raised: str | None = None
    """Type of SCA exemption that was raised towards the acquirer for this transaction."""
    exemption_rejection_reason: str | None = None
    """The request exemption could not be granted. The reason why is returned in this property."""
    exemption_request: str | None = None
    """Type of SCA exemption requested by you for this transaction."""


class ThreeDSecureResults(Received):
    """What came of the authentication: evidence in a dispute, and `three_d_secure_data` the proof of later payments."""

    acs_transaction_id: str | None = None
    """Identifier of the authenticated transaction at the ACS/Issuer."""
    applied_exemption: str | None = None
    authentication_amount: Beside[ReceivedAmount] = None
    """The amount for which this transaction has been authenticated."""
    cavv: Hidden | None = None
    """CAVV or AVV result indicating authentication validation value."""
    directory_server_transaction_id: str | None = None
    eci: str | None = None
    """Indicates Authentication validation results returned after AuthenticationValidation."""
    exemption_output: Beside[ExemptionOutput] = None
    three_d_secure_data: Beside[ThreeDSecureData] = None
    three_d_secure_version: str | None = None
    three_d_server_transaction_id: str | None = None
    xid: str | None = None
    """Transaction ID for the Authentication."""
