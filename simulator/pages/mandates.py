"""Where customers give and sign mandates: for a mandate alone, for a payment by one, and where it all begins here."""

from functools import cache

from babel import Locale
from starlette.responses import Response

from simulator.kernel import documents
from simulator.kernel.calls import Refusal
from simulator.kernel.documents import Document
from simulator.mandates import book, hosted
from simulator.pages import forms, payments, rendering
from simulator.pages.forms import Typed
from simulator.pages.visits import Visit
from simulator.payments.context import Context
from simulator.products.table import SEPA_COUNTRIES


def show(visit: Visit) -> Response:
    """A mandate to be signed, or how it stands."""
    found = _mandate(visit)
    return found if isinstance(found, Response) else _sign_page(visit, found)


def decide(visit: Visit) -> Response:
    """Signed, or left unsigned: the merchant may send the customer here again."""
    found = _mandate(visit)
    if isinstance(found, Response):
        return found
    match visit.text("decision"):
        case "confirm":
            with visit.books.transaction():
                book.sign(visit.desk, found, visit.now)
        case "cancel":
            pass
        case _:
            return _sign_page(visit, found)
    return rendering.see_other(_back(visit, found)["url"])


def show_debit(visit: Visit) -> Response:
    """A payment whose mandate is to be signed."""
    found = payments.waiting(visit, "mandate")
    if isinstance(found, Response):
        return found
    mandate = book.by_id(visit.desk, str((found.redirect or {})["mandate"]))
    assert mandate is not None
    return _sign_page(visit, mandate, amount=rendering.money(found.amount, found.currency))


def decide_debit(visit: Visit) -> Response:
    """Signed and paid, or neither."""
    found = payments.waiting(visit, "mandate")
    if isinstance(found, Response):
        return found
    results = {"confirm": "done", "cancel": "cancelled"}
    result = results.get(visit.text("decision"))
    return show_debit(visit) if result is None else payments.finish(visit, found, result)


def show_form(visit: Visit) -> Response:
    """Hosted mandate management: name, account and country."""
    found = _session(visit)
    return found if isinstance(found, Response) else _form(found, Typed())


def give(visit: Visit) -> Response:
    """The mandate is made of what was typed, or the customer has left."""
    found = _session(visit)
    if isinstance(found, Response):
        return found
    if visit.text("decision") == "cancel":
        with visit.books.transaction():
            hosted.cancel(visit.desk, found, visit.now)
        return rendering.see_other(_back_from(found)["url"])
    typed = forms.account(visit)
    if typed.errors:
        return _form(found, typed)
    customer = {**typed.content, "mandateAddress": {"countryCode": visit.text("country")}}
    context = Context(merchant_id=found.merchant_id, now=visit.now, base_url=visit.base_url)
    with visit.books.transaction():
        try:
            mandate = hosted.finish(visit.desk, found, customer, context)
        except Refusal as refusal:
            return _form(found, Typed(shown=typed.shown, errors=forms.refused(refusal)))
    if book.status_at(mandate, visit.now) == book.CREATED:
        return rendering.see_other(book.page_url(mandate))
    return rendering.see_other(_back_from(found)["url"])


def _mandate(visit: Visit) -> Document | Response:
    found = book.by_id(visit.desk, visit.object_id)
    if found is None or not found.content["return_url"] or not visit.may_see(str(found.content["returnmac"])):
        return rendering.not_found()
    status = book.status_at(found, visit.now)
    if status == book.CREATED:
        return found
    title = "You have signed this mandate" if status in {book.ACTIVE, book.USED} else "This mandate is no longer valid"
    return _message(title, _back(visit, found))


def _session(visit: Visit) -> Document | Response:
    merchant_id = visit.object_id.partition("-")[0]
    found = documents.load(visit.books, hosted.KIND, merchant_id, visit.object_id)
    if found is None or not visit.may_see(str(found.content["returnmac"])):
        return rendering.not_found()
    match hosted.status_at(found, visit.now):
        case hosted.IN_PROGRESS:
            return found
        case hosted.MANDATE_CREATED:
            return _message("You have given this mandate", _back_from(found))
        case _:
            return _message("This page is closed", _back_from(found))


def _sign_page(visit: Visit, mandate: Document, amount: str = "") -> Response:
    account = book.account_of(mandate)
    values = {
        "shop": rendering.shop_of(str(mandate.content["return_url"])),
        "amount": amount,
        "holder": account.holder,
        "iban": account.masked,
        "mandate": book.reference_of(mandate),
        "once": book.body(mandate, visit.now)["recurrenceType"] == book.UNIQUE,
    }
    return rendering.page("sign", values)


def _form(session: Document, typed: Typed) -> Response:
    values = {
        "shop": rendering.shop_of(str(session.content["return_url"])),
        "shown": typed.shown,
        "errors": typed.errors,
        "countries": _countries(),
    }
    return rendering.page("mandate", values, status=400 if typed.errors else 200)


@cache
def _countries() -> list[tuple[str, str]]:
    names = Locale("en").territories
    return sorted(((code, str(names[code])) for code in SEPA_COUNTRIES), key=lambda pair: pair[1])


def _message(title: str, back: dict[str, str]) -> Response:
    text = "There is nothing left to do here."
    return rendering.page("message", {"title": title, "text": text, "back": back})


def _back(visit: Visit, mandate: Document) -> dict[str, str]:
    """To the shop: as of the hosted management that it was given in, where there was one."""
    sessions = documents.search(visit.books, hosted.KIND, merchant_id=mandate.merchant_id, reference=mandate.id)
    if sessions:
        return _back_from(sessions[0])
    url = str(mandate.content["return_url"])
    mac, reference = str(mandate.content["returnmac"]), book.reference_of(mandate)
    return {
        "url": rendering.with_query(url, RETURNMAC=mac, uniqueMandateReference=reference),
        "text": f"Back to {rendering.shop_of(url)}",
    }


def _back_from(session: Document) -> dict[str, str]:
    url = str(session.content["return_url"])
    mac = str(session.content["returnmac"])
    return {
        "url": rendering.with_query(url, RETURNMAC=mac, hostedMandateManagementId=session.id),
        "text": f"Back to {rendering.shop_of(url)}",
    }
