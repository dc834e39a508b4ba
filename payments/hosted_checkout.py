"""A hosted checkout as it is asked for: the provider's own page, on which the customer chooses how to pay."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints
from pydantic_core import PydanticCustomError

from payments.base import Value
from payments.return_url import ReturnUrl

LARGEST = 99_999


def _product(value: object) -> int | str:
    if value == "cards":
        return "cards"
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST:
        return value
    raise PydanticCustomError("no_product", "This is no payment product's number, nor cards")


Product = Annotated[int | Literal["cards"], PlainValidator(_product)]
"""One of the provider's payment products by its number, or all cards."""


def _some_and_each_once(products: tuple[Product, ...]) -> tuple[Product, ...]:
    if not products or len(set(products)) < len(products):
        raise PydanticCustomError("products", "The list is empty or names a product twice")
    return products


Products = Annotated[tuple[Product, ...], Field(max_length=100), AfterValidator(_some_and_each_once)]


class HostedCheckout(Value):
    """What the page is like, and where the customer goes after it."""

    return_url: ReturnUrl
    """Where the customer comes back to; `hostedCheckoutId` and `RETURNMAC` are appended."""
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}_[A-Z]{2}$")] | None = None
    """The page's language; absent: the customer's."""
    variant: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    """A variation of the page that the account has."""
    restrict_to: Products | None = None
    """Absent: whatever the account offers."""
    exclude: Products | None = None
    show_result_page: Annotated[bool, Field(strict=True)] = True
    """Whether the page itself tells the customer how it went, before they go back."""
