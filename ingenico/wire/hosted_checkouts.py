"""Hosted checkouts: Connect's own pages, on which a customer pays.

Sources: `create_hosted_checkout_request.py`, `hosted_checkout_specific_input.py`, `create_hosted_checkout_response.py`,
`get_hosted_checkout_response.py`, `created_payment_output.py`.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from ingenico.wire.base import Beside, Flag, Hidden, Received, ReturnUrl, Sent
from ingenico.wire.cards import HostedCardInput
from ingenico.wire.order import FraudFields, Order
from ingenico.wire.payments import Payment
from ingenico.wire.products import HostedProductFilters
from ingenico.wire.redirects import HostedRedirectInput

HOSTED_PAGES = "https://payment."
"""By the SDK: "A special 'payment' subdomain will always work"."""


class HostedCheckoutSpecificInput(Sent):
    """How the pages behave."""

    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}_[A-Z]{2}$")]
    """Locale to use to present the MyCheckout payment pages to the customer."""
    return_url: ReturnUrl
    """Where the customer goes after the payment; `hostedCheckoutId` and `RETURNMAC` are appended."""
    variant: str | None = None
    """The ID of a variation of the pages."""
    show_result_page: Flag | None = None
    """false - MyCheckout will redirect the customer back to the provided returnUrl when this is possible."""
    return_cancel_state: Flag | None = None
    """true: a customer who cancels is told as CANCELLED_BY_CONSUMER and not as IN_PROGRESS."""
    is_recurring: Flag | None = None
    """true - Only products that support recurring payments; what is paid is the first of a recurring sequence."""
    tokens: Hidden | None = None
    """Comma separated tokens (no spaces) from which the customer may choose."""
    payment_product_filters: HostedProductFilters | None = None


class CreateHostedCheckoutRequest(Sent):
    """`POST /hostedcheckouts`."""

    order: Order
    hosted_checkout_specific_input: HostedCheckoutSpecificInput
    card_payment_method_specific_input: HostedCardInput | None = None
    redirect_payment_method_specific_input: HostedRedirectInput | None = None
    fraud_fields: FraudFields | None = None


class CreateHostedCheckoutAnswer(Received):
    """Where the customer pays, and by what they are known when they come back."""

    hosted_checkout_id: Annotated[str, Field(min_length=1)]
    """This is the ID under which the data for this checkout can be retrieved."""
    partial_redirect_url: Hidden
    """The address without protocol and subdomain: `HOSTED_PAGES` goes before it."""
    returnmac: Annotated[Hidden | None, Field(alias="RETURNMAC")] = None
    """Appended to the return URL: "You should store this data, so you can identify the returning customer"."""
    merchant_reference: str | None = None
    """The reference that a payment of this checkout will have."""
    invalid_tokens: Beside[tuple[Hidden, ...]] = None
    """By the SDK: "You should most likely remove those tokens from your system"."""


class CreatedPayment(Received):
    """The payment that came of a checkout. Several attempts may follow each other: this is the last."""

    payment: Payment
    tokens: Hidden | None = None
    """The tokens that are associated with the hosted checkout session/customer, comma separated."""
    tokenization_succeeded: bool | None = None


class HostedCheckout(Received):
    """How far a checkout is."""

    status: Annotated[str, Field(min_length=1)]
    """One of `HostedCheckoutStatus`, or a word of a later version."""
    created_payment_output: CreatedPayment | None = None
