"""SEPA mandates (product 771): a payer's permission to collect.

Sources: `create_mandate_request.py`, `create_mandate_base.py`, `create_mandate_with_return_url.py`,
`mandate_customer.py`, `mandate_response.py`, `create_mandate_response.py`, `get_mandate_response.py`,
`mandate_redirect_data.py`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingenico.wire.bank_accounts import BankAccountIban, ReceivedIban
from ingenico.wire.base import Beside, CountryCode, Received, ReturnUrl, Sent
from ingenico.wire.redirects import RedirectData


class MandateName(Sent):
    """The payer's name."""

    first_name: str
    surname: str


class MandatePersonalInformation(Sent):
    """Who the payer is."""

    name: MandateName
    title: Literal["Mr", "Miss", "Mrs"]
    """Object containing the title of the customer (Mr, Miss or Mrs)."""


class MandateAddress(Sent):
    """Where the payer lives."""

    street: str | None = None
    house_number: str | None = None
    zip: str | None = None
    city: str | None = None
    country_code: CountryCode


class MandateContactDetails(Sent):
    """How the payer is reached."""

    email_address: str


class MandateCustomer(Sent):
    """The payer, a person or a company."""

    bank_account_iban: BankAccountIban
    company_name: str | None = None
    contact_details: MandateContactDetails | None = None
    mandate_address: MandateAddress
    personal_information: MandatePersonalInformation | None = None


class CreateMandateRequest(Sent):
    """`POST /mandates`, `PUT /mandates/{uniqueMandateReference}`, or inside of a payment."""

    customer: MandateCustomer
    customer_reference: str
    """The unique identifier of a customer."""
    recurrence_type: Literal["UNIQUE", "RECURRING"]
    """Specifies whether the mandate is for one-off or recurring payments."""
    signature_type: Literal["UNSIGNED", "SMS"]
    """Specifies whether the mandate is unsigned or singed by SMS."""
    language: Literal["de", "en", "es", "fr", "it", "nl", "si", "sk", "sv"] | None = None
    return_url: ReturnUrl | None = None
    """Return URL to use if the mandate signing requires redirection."""
    unique_mandate_reference: str | None = None
    """The unique identifier of the mandate. If you do not provide one, we will generate one for you."""
    alias: str | None = None
    """By the SDK: "Do not include any unobfuscated sensitive data in the alias"; the obfuscated IBAN by default."""

    @model_validator(mode="after")
    def _signing_comes_back(self) -> Self:
        if self.signature_type == "SMS" and self.return_url is None:
            raise ValueError("a mandate signed by SMS redirects the payer: send the returnUrl")
        return self


class ReceivedMandateCustomer(Received):
    """The payer, as far as it matters afterwards."""

    bank_account_iban: Beside[ReceivedIban] = None


class Mandate(Received):
    """A mandate."""

    unique_mandate_reference: Annotated[str, Field(min_length=1)]
    status: Annotated[str, Field(min_length=1)]
    """One of `MandateStatus`, or a word of a later version."""
    recurrence_type: str | None = None
    customer_reference: str | None = None
    alias: str | None = None
    customer: Beside[ReceivedMandateCustomer] = None


class MandateAction(Received):
    """What has to happen before the mandate is signed."""

    action_type: str
    """REDIRECT - The customer needs to be redirected using the details found in redirectData."""
    redirect_data: Beside[RedirectData] = None


class CreateMandateAnswer(Received):
    """A new mandate, and where the payer signs it."""

    mandate: Mandate
    merchant_action: Beside[MandateAction] = None


class GetMandateAnswer(Received):
    """The answer to get, block, unblock and revoke."""

    mandate: Mandate
