"""Who pays and from where.

Sources: `customer.py`, `customer_base.py`, `address.py`, `contact_details.py`, `personal_information.py`,
`company_information.py`, `customer_device.py`, `browser_data.py`, `customer_account.py`.
"""

from typing import Annotated, Literal

from pydantic import Field

from ingenico.wire.base import CountryCode, Date, Flag, Sent


class PersonalName(Sent):
    """A person's name."""

    first_name: str | None = None
    surname: str | None = None


class Address(Sent):
    """An address; `state_code` is ISO 3166-2's part after the country."""

    street: str | None = None
    house_number: str | None = None
    additional_info: str | None = None
    zip: str | None = None
    city: str | None = None
    state_code: str | None = None
    country_code: CountryCode


class AddressPersonal(Address):
    """Where a parcel goes, and to whom."""

    name: PersonalName | None = None


class ContactDetails(Sent):
    """How the customer is reached."""

    email_address: str | None = None
    phone_number: str | None = None


class PersonalInformation(Sent):
    """Who the customer is."""

    name: PersonalName | None = None
    date_of_birth: Date | None = None


class CompanyInformation(Sent):
    """For whom the customer buys."""

    name: str


class BrowserData(Sent):
    """The customer's browser, required when authenticationFlow is "browser", but for `javaScriptEnabled`.

    "If you use the latest version of our JavaScript Client SDK, we will collect this data and include it in the
    encryptedCustomerInput property."
    """

    color_depth: Annotated[int, Field(ge=1, le=64, strict=True)]
    """ColorDepth in bits. Value is returned from the screen.colorDepth property."""
    java_enabled: Flag
    java_script_enabled: Flag | None = None
    screen_height: str
    screen_width: str


class CustomerDevice(Sent):
    """The device and browser of the customer, for 3-D Secure and the fraud service."""

    accept_header: str | None = None
    """The accept-header of the customer client from the HTTP Headers."""
    browser_data: BrowserData | None = None
    ip_address: str | None = None
    """The IP address of the customer client from the HTTP Headers."""
    locale: str | None = None
    """Returned in the browser from the navigator.language property."""
    timezone_offset_utc_minutes: str | None = None
    """Value is returned by the JavaScript getTimezoneOffset() Method."""
    user_agent: str | None = None
    """User-Agent of the client device/browser from the HTTP Headers."""


class CustomerAccount(Sent):
    """The account the customer has with the shop, which issuers weigh in 3-D Secure."""

    create_date: Date | None = None
    """The date (YYYYMMDD) on which the customer created their account with you."""
    change_date: Date | None = None
    """The last date (YYYYMMDD) on which the customer made changes to their account with you."""
    had_suspicious_activity: Flag | None = None
    """Specifies if you have experienced suspicious activity on the account of the customer."""


class Customer(Sent):
    """Who pays."""

    merchant_customer_id: str
    """Your identifier for the customer. It can be used as a search criteria in the GlobalCollect Payment Console."""
    locale: str
    """The locale that the customer should be addressed in (for 3rd parties)."""
    billing_address: Address
    contact_details: ContactDetails | None = None
    personal_information: PersonalInformation | None = None
    company_information: CompanyInformation | None = None
    device: CustomerDevice | None = None
    account: CustomerAccount | None = None
    account_type: Literal["none", "created", "existing"] | None = None
    """none: a guest; created: during this transaction; existing: before it."""
    is_previous_customer: Flag | None = None
    """true - The customer is a known returning customer; false - The customer is new/unknown customer."""


class PersonalInformationToken(Sent):
    """The name on a token (`personal_information_token.py`)."""

    name: PersonalName


class CustomerToken(Sent):
    """Whose stored payment details these are (`customer_token.py`)."""

    merchant_customer_id: str | None = None
    billing_address: Address
    personal_information: PersonalInformationToken | None = None
    company_information: CompanyInformation | None = None
