"""Client sessions: what a browser needs to encrypt card data itself. Valid for two hours.

Sources: `session_request.py`, `session_response.py`; the two hours are from the Client API's reference.
"""

from typing import Annotated

from pydantic import Field

from ingenico.wire.base import Beside, Hidden, Received, Sent
from ingenico.wire.products import SessionProductFilters


class SessionRequest(Sent):
    """`POST /sessions`."""

    payment_product_filters: SessionProductFilters | None = None
    """By the SDK: "Restrict the payment products available for payment completion"."""
    tokens: tuple[Hidden, ...] | None = None
    """By the SDK: "List of previously stored tokens linked to the customer that wants to checkout"."""


class SessionAnswer(Received):
    """A session: all of it goes to the customer's browser, and none of it into a log."""

    client_session_id: Annotated[Hidden, Field(min_length=1)]
    """The identifier of the session that has been created."""
    customer_id: Hidden
    """All of the Client APIs use this customerId in the URI to identify the customer."""
    client_api_url: str
    """The datacenter-specific base url for client requests."""
    asset_url: str
    """The datacenter-specific base url for assets."""
    region: str | None = None
    invalid_tokens: Beside[tuple[Hidden, ...]] = None
