"""The answers about products, for anyone who may ask: each takes what its caller may see."""

import base64
import uuid

import orjson

from simulator.front.reader import Reader
from simulator.kernel import errors
from simulator.kernel.calls import Answer, Call, Json, answer
from simulator.kernel.clock import microseconds
from simulator.products import asked, elements, views
from simulator.products.table import APPLE_PAY, CARD, CARDS, IDEAL, NETWORKS
from simulator.products.views import View

# A person that can be looked up, as products of the north of Europe do by the number of an identity card.
FISCAL_NUMBER = "190001010000"
PERSON: Json = {
    "firstName": "Astrid",
    "surname": "Simulerad",
    "street": "Provgatan 1",
    "zip": "11122",
    "city": "Stockholm",
    "country": "SE",
    "emailAddress": "astrid@example.com",
    "fiscalNumber": FISCAL_NUMBER,
    "languageCode": "sv",
    "phoneNumber": "+46700000000",
}
APPLE_SESSION_SECONDS = 300


def find_products(view: View, call: Call) -> Answer:
    """All products that can pay what the query describes."""
    return answer(200, {"paymentProducts": views.product_list(view, asked.read(call))})


def get_product(view: View, call: Call) -> Answer:
    """One product; 404 also for one that cannot pay what the query describes."""
    product = view.sees(_id(call))
    query = asked.read(call)
    if not query.fits(product):
        raise views.unknown_product()
    return answer(200, views.product_body(view, query, product))


def find_groups(view: View, call: Call) -> Answer:
    """The groups with a product that can pay what the query describes."""
    return answer(200, {"paymentProductGroups": views.group_list(view, asked.read(call))})


def get_group(view: View, call: Call) -> Answer:
    """The group of cards."""
    _group(call)
    found = views.group_list(view, asked.read(call))
    if not found:
        raise views.unknown_group()
    return answer(200, found[0])


def networks(view: View, call: Call) -> Answer:
    """The schemes behind a wallet; other products have none. The query is checked as anywhere."""
    product = _id(call)
    if product not in NETWORKS:
        view.sees(product)
    asked.read(call)
    return answer(200, {"networks": list(NETWORKS.get(product, ()))})


def directory(view: View, call: Call) -> Answer:
    """The banks of iDEAL. An empty directory is 404 with 210390 (recorded by SmashPig)."""
    product = view.sees(_id(call))
    reader = Reader(dict(call.queries))
    country = reader.text("countryCode", "[A-Z]{2}", required=True)
    currency = reader.text("currencyCode", "[A-Z]{3}", required=True)
    reader.raise_if_wrong()
    if product.id != IDEAL or country not in product.countries or currency not in product.currencies:
        raise errors.refuse(404, errors.api_error("210390", "NO DIRECTORY FOUND", 404, category=errors.PAYMENT))
    entries = [
        {"issuerId": issuer, "issuerName": name, "issuerList": place, "countryNames": ["Nederland"]}
        for issuer, name, place in elements.ISSUERS
    ]
    return answer(200, {"entries": entries})


def customer_details(view: View, call: Call) -> Answer:
    """A customer by the number of an identity card: one person in Sweden is known, no other."""
    view.sees(_id(call))
    reader = Reader(call.fields)
    country = reader.text("countryCode", "[A-Z]{2}", required=True)
    given = reader.value("values", required=True)
    values = given if isinstance(given, list) else []
    for place, pair in enumerate(values):
        for name in ("key", "value"):
            if not pair.get(name):
                reader.missing(f"values[{place}].{name}")
    reader.raise_if_wrong()
    known = {"key": "fiscalNumber", "value": FISCAL_NUMBER}
    if country != "SE" or known not in values:
        name = "CUSTOMER_DETAILS_NOT_FOUND"
        raise errors.refuse(404, errors.api_error("1002", name, 404, property_name="values", short_id=name))
    return answer(200, PERSON)


def product_fingerprint(view: View, call: Call) -> Answer:
    """The script that tells a customer's device from others, for products that have one."""
    if view.sees(_id(call)).method != CARD:
        message = "DEVICE FINGERPRINT IS NOT ENABLED FOR THIS PRODUCT"
        raise errors.refuse(400, errors.invalid_value("paymentProductId", message))
    return _fingerprint(call)


def group_fingerprint(view: View, call: Call) -> Answer:
    """The same for the group of cards."""
    del view
    _group(call)
    return _fingerprint(call)


def wallet_session(view: View, call: Call) -> Answer:
    """A session of Apple Pay, opaque to everyone but Apple's script; other products have none."""
    del view
    if _id(call) != APPLE_PAY:
        raise views.unknown_product()
    block = "paymentProductSession302SpecificInput"
    reader = Reader(call.fields)
    name = reader.text(f"{block}.displayName", ".{1,64}", required=True)
    domain = reader.text(f"{block}.domainName", "[A-Za-z0-9.-]{1,253}", required=True)
    reader.text(f"{block}.validationUrl", r"https://[^\s]{1,500}", required=True)
    reader.raise_if_wrong()
    content = {
        "displayName": name,
        "domainName": domain,
        "epochTimestamp": call.at // 1000,
        "expiresAt": (call.at + microseconds(APPLE_SESSION_SECONDS)) // 1000,
        "merchantSessionIdentifier": uuid.uuid4().hex.upper(),
    }
    opaque = base64.b64encode(orjson.dumps(content)).decode()
    return answer(200, {"paymentProductSession302SpecificOutput": {"sessionObject": opaque}})


def _fingerprint(call: Call) -> Answer:
    reader = Reader(call.fields)
    callback = reader.text("collectorCallback", ".{1,500}") or ""
    reader.raise_if_wrong()
    transaction = str(uuid.uuid4())
    called = callback.replace("</", "<\\/")
    script = f"<script data-transaction='{transaction}'>{called}</script>"
    return answer(200, {"deviceFingerprintTransactionId": transaction, "html": script})


def _id(call: Call) -> int:
    """0, which no product has, for what is no number."""
    named = call.params["paymentProductId"]
    return int(named) if named.isascii() and named.isdigit() and len(named) < 6 else 0


def _group(call: Call) -> None:
    if call.params["paymentProductGroupId"] != CARDS:
        raise views.unknown_group()
