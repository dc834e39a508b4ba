"""A card on file whose expiry date was renewed on the page: its token is renewed with it (documented for CAN_WRITE)."""

from simulator.client_sessions.sealed import Typed
from simulator.kernel import documents
from simulator.kernel.calls import Call, Json
from simulator.kernel.desk import Desk
from simulator.tokens import book, updating


def renew(desk: Desk, call: Call, typed: Typed) -> None:
    """Keep the date that a payment was accepted with. The tokens that every account has from the start stay."""
    expiry = typed.values.get("expiryDate")
    if typed.token is None or expiry is None:
        return
    document = documents.load(desk.books, book.KIND, call.merchant_id, typed.token)
    shown = None if document is None else book.shown_at(document, call.at)
    if document is None or shown is None:
        return
    given: Json = {"card": {"data": {"cardWithoutCvv": {"expiryDate": expiry}}}}
    behind: Json = {"vault": document.content["vault"]}
    changed, behind = updating.update(given, shown, behind, call.at)
    if changed != shown:
        book.change(desk, document, {name: value for name, value in changed.items() if name != "id"}, behind, call.at)
