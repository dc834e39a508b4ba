"""Which payment products a customer is offered.

Sources: `payment_product_filter.py`, `payment_product_filters_client_session.py`,
`payment_product_filters_hosted_checkout.py`.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator

from ingenico.wire.base import Flag, ProductId, Sent


def _each_once(products: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(products)) < len(products):
        raise ValueError("a product stands here twice: name each once")
    return products


class ProductFilter(Sent):
    """Products and groups of them."""

    groups: tuple[Literal["cards"]] | None = None
    """By the SDK: "Currently, there is only one group, called 'cards'"."""
    products: Annotated[tuple[ProductId, ...], AfterValidator(_each_once)] | None = None


class SessionProductFilters(Sent):
    """What a client session offers."""

    restrict_to: ProductFilter | None = None
    exclude: ProductFilter | None = None


class HostedProductFilters(SessionProductFilters):
    """What a hosted checkout offers."""

    tokens_only: Flag | None = None
    """true: only the stored payment details that were sent along."""
