"""Sessions: what a merchant's server hands to its customer's page, so that the page may ask for itself for a while."""

import secrets

from simulator.client_sessions import accounts
from simulator.front.reader import Reader
from simulator.kernel import documents, errors
from simulator.kernel.calls import Answer, Call, Json, answer
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.products.table import CARDS, PRODUCTS
from simulator.products.views import View

KIND = "client session"
FILTERS = "paymentProductFilters"
ASSETS = "/assets/"


def create(desk: Desk, call: Call) -> Answer:
    """POST /sessions."""
    products = _products(call.fields)
    valid, invalid = _tokens(desk, call)
    session = Document(
        kind=KIND,
        id=secrets.token_hex(16),
        merchant_id=call.merchant_id,
        content={
            "customer_id": f"00000-{secrets.token_hex(16)}",
            "products": products,
            "tokens": valid,
            "expires_at": call.at + microseconds(desk.settings.session_seconds),
        },
        created_at=call.at,
    )
    documents.insert(desk.books, session)
    body: Json = {
        "clientSessionId": session.id,
        "customerId": session.content["customer_id"],
        "clientApiUrl": f"{call.base_url}/client",
        "assetUrl": f"{call.base_url}{ASSETS}",
        "region": "EU",
    }
    return answer(201, body | {"invalidTokens": invalid} if invalid else body)


def authorized(desk: Desk, call: Call) -> Document:
    """The session that a call to the Client API names. Raises Refusal: 403 as for a wrong signature."""
    scheme, _, credentials = (call.header("authorization") or "").partition(" ")
    kind, _, session_id = credentials.partition(":")
    session = documents.find(desk.books, KIND, session_id) if (scheme, kind) == ("GCS", "v1Client") else None
    customer = call.params["customerId"]
    if session is None or session.content["customer_id"] != customer or is_over(session, call.at):
        raise errors.refuse(403, errors.api_error("9002", "MISSING_OR_INVALID_AUTHORIZATION", 403))
    return session


def is_over(session: Document, now: int) -> bool:
    """Whether the session has expired."""
    expires_at = session.content["expires_at"]
    assert isinstance(expires_at, int)
    return now >= expires_at


def view(desk: Desk, session: Document, now: int) -> View:
    """What the session's page may see. A token that was deleted since is not on file any more."""
    products = session.content["products"]
    assert isinstance(products, list)
    on_file = (accounts.of_token(desk, session.merchant_id, token, now) for token in tokens(session))
    return View(products=frozenset(products), accounts=tuple(each for each in on_file if each is not None))


def tokens(session: Document) -> list[str]:
    """The valid tokens that it was made with."""
    found = session.content["tokens"]
    assert isinstance(found, list)
    return found


def _tokens(desk: Desk, call: Call) -> tuple[list[str], list[str]]:
    """The valid and the invalid ones, each once."""
    given = call.fields.get("tokens")
    named = list(dict.fromkeys(given)) if isinstance(given, list) else []
    valid = [token for token in named if accounts.of_token(desk, call.merchant_id, token, call.at) is not None]
    return valid, [token for token in named if token not in valid]


def _products(content: Json) -> list[int]:
    """The products that the filters leave."""
    reader = Reader(content)
    restricted, excluded = _filter(reader, "restrictTo"), _filter(reader, "exclude")
    reader.raise_if_wrong()
    allowed = set(PRODUCTS) if restricted is None else restricted
    return sorted((allowed & set(PRODUCTS)) - (excluded or set()))


def _filter(reader: Reader, name: str) -> set[int] | None:
    """The products that a filter names, by themselves or by their group; None when it names nothing."""
    groups = reader.value(f"{FILTERS}.{name}.groups") or []
    products = reader.value(f"{FILTERS}.{name}.products") or []
    assert isinstance(groups, list)
    assert isinstance(products, list)
    if any(group != CARDS for group in groups):
        reader.wrong(f"{FILTERS}.{name}.groups", f"THE ONLY PAYMENT PRODUCT GROUP IS {CARDS}")
    members = {product.id for product in PRODUCTS.values() if product.group in groups}
    return (members | set(products)) if groups or products else None
