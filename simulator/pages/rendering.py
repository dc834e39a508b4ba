"""From a template and values to a page. Everything is escaped; nothing is stored by the browser or runs as a script."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from urllib.parse import urlencode, urlsplit, urlunsplit

from babel.numbers import format_currency
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

# No script at all. `form-action` stays open: a form's answer leads to the merchant, who may lead the customer on.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address holds the RETURNMAC
    "X-Content-Type-Options": "nosniff",
}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("simulator.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = money
    return environment


def page(template: str, values: Mapping[str, object], *, status: int = 200) -> Response:
    """An HTML page."""
    html = _environment().get_template(f"{template}.html").render(values)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def not_found() -> Response:
    """One answer for an unknown page and for a wrong mac: which of them it was is nobody's business."""
    return page("message", {"title": "This page does not exist", "text": _NOT_FOUND, "back": None}, status=404)


_NOT_FOUND = (
    "The address is wrong or incomplete. Go back to the shop and start again from there; nothing was charged for"
    " opening this page."
)


def see_other(url: str) -> Response:
    """After a form: the browser goes on with GET, so a reload repeats nothing."""
    return RedirectResponse(url, status_code=303, headers=HEADERS)


def asset(name: str, media_type: str) -> Response:
    """The stylesheet and the icon."""
    content = (resources.files("simulator.pages") / "assets" / name).read_bytes()
    return Response(content, media_type=media_type, headers={**HEADERS, "Cache-Control": "max-age=300"})


def money(amount: int, currency: str) -> str:
    """An amount of two implied decimals, as the currency is written."""
    return format_currency(Decimal(amount) / 100, currency, locale="en_GB")


def with_query(url: str, **values: str) -> str:
    """A return URL with values appended; what the merchant put into its query stays."""
    parts = urlsplit(url)
    query = urlencode(values) if not parts.query else f"{parts.query}&{urlencode(values)}"
    return urlunsplit(parts._replace(query=query))


def shop_of(url: str) -> str:
    """The merchant's name as a customer knows it: the host of the shop, or the app's own scheme."""
    parts = urlsplit(url)
    return parts.hostname or parts.scheme
