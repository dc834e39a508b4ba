"""What a caller may see of the products, and how they are written."""

from dataclasses import dataclass

from simulator.kernel import errors
from simulator.kernel.calls import Json, Refusal
from simulator.products import elements
from simulator.products.asked import ACCOUNTS, FIELDS, TRANSLATIONS, Asked
from simulator.products.table import CARD, CARDS, GROUP_FIELDS, ORDER, PRODUCTS, REDIRECT, Product


@dataclass(frozen=True, kw_only=True)
class View:
    """The products that are not filtered away, and the customer's accounts that are on file (AccountOnFile)."""

    products: frozenset[int]
    accounts: tuple[Json, ...] = ()

    def sees(self, product: int) -> Product:
        """The product of this id. Raises Refusal when there is none here."""
        if product not in self.products:
            raise unknown_product()
        return PRODUCTS[product]

    def accounts_of(self, product: int) -> list[Json]:
        """Those that pay by this product."""
        return [account for account in self.accounts if account["paymentProductId"] == product]


ALL = View(products=frozenset(PRODUCTS))
"""The Server API's view: no session, so no filters and no accounts."""


def unknown_product() -> Refusal:
    """Code and name as the vendor's client SDK for JavaScript tells a product that is not there."""
    name = "UNKNOWN_PRODUCT_ID"
    return errors.refuse(404, errors.api_error("1007", name, 404, property_name="productId", short_id=name))


def unknown_group() -> Refusal:
    """The same for a group."""
    name = "UNKNOWN_PRODUCT_GROUP_ID"
    error = errors.api_error("1007", name, 404, property_name="paymentProductGroupId", short_id=name)
    return errors.refuse(404, error)


def product_list(view: View, asked: Asked) -> list[Json]:
    """All products that fit, without those whose kind is hidden."""
    return [product_body(view, asked, each) for each in _visible(view) if asked.lists(each)]


def group_list(view: View, asked: Asked) -> list[Json]:
    """The group, when a product of it fits."""
    members = [each for each in _visible(view) if each.group == CARDS and asked.fits(each)]
    return [group_body(view, asked, members)] if members else []


def product_body(view: View, asked: Asked, product: Product) -> Json:
    """A PaymentProduct."""
    redirects = product.method == REDIRECT
    body: Json = {
        "id": product.id,
        "paymentMethod": product.method,
        "displayHints": _hints(asked, ORDER[product.id], product.label, product.id),
        "allowsRecurring": product.recurring,
        "allowsTokenization": product.tokens,
        "allowsInstallments": product.installments,
        "allowsMultiplePartialCaptures": product.several_captures,
        "allowsClickToPay": False,
        "autoTokenized": False,
        "deviceFingerprintEnabled": product.method == CARD,
        "isAuthenticationSupported": product.method == CARD,
        "mobileIntegrationLevel": "OPTIMISED_SUPPORT" if product.method == CARD else "BASIC_SUPPORT",
        "usesRedirectionTo3rdParty": redirects,
        "supportsMandates": product.id == 771,
    }
    if redirects:
        body["canBeIframed"] = False
    if product.group:
        body["paymentProductGroup"] = product.group
        body["authenticationIndicator"] = {"name": "AUTHENTICATIONINDICATOR", "value": "1"}
    limits = {"minAmount": product.lowest, "maxAmount": product.highest}
    body |= {name: limit for name, limit in limits.items() if limit is not None}
    return body | _details(asked, product.fields, view.accounts_of(product.id))


def group_body(view: View, asked: Asked, members: list[Product]) -> Json:
    """A PaymentProductGroup; it stands where the first of its products would."""
    accounts = [account for member in members for account in view.accounts_of(member.id)]
    return {
        "id": CARDS,
        "displayHints": _hints(asked, min(ORDER[member.id] for member in members), "Cards", CARDS),
        "allowsInstallments": any(member.installments for member in members),
        "allowsClickToPay": False,
        "deviceFingerprintEnabled": True,
        **_details(asked, GROUP_FIELDS, accounts),
    }


def _visible(view: View) -> list[Product]:
    return [product for product in PRODUCTS.values() if product.id in view.products]


def _details(asked: Asked, fields: tuple[Json, ...], accounts: list[Json]) -> Json:
    body: Json = {}
    if FIELDS not in asked.hidden:
        body["fields"] = elements.without_texts(fields) if TRANSLATIONS in asked.hidden else list(fields)
    if accounts and ACCOUNTS not in asked.hidden:
        body["accountsOnFile"] = accounts
    return body


def _hints(asked: Asked, order: int, label: str, logo: int | str) -> Json:
    told: Json = {} if TRANSLATIONS in asked.hidden else {"label": label}
    return {"displayOrder": order, **told, "logo": elements.logo(logo)}
