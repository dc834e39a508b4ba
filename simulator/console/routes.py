"""The addresses of the page: one that shows, one that moves the clock and leads back."""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import resources
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.console import view
from simulator.kernel.desk import Desk

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
LONGEST = 366 * 86_400

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(desk: Desk) -> list[BaseRoute]:
    """The page of one desk, and what it is made of."""
    return [
        Route("/", _show(desk)),
        Route("/console/clock", _advance(desk), methods=["POST"]),
        Route("/console/style.css", _style),
    ]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("simulator.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _show(desk: Desk) -> Endpoint:
    async def show(request: Request) -> Response:
        query = request.query_params
        asked = view.Asked(prefix=query.get("prefix", "").strip(), refresh=query.get("refresh") == "yes")
        html = _environment().get_template("console.html").render(view.page(desk, asked))
        return HTMLResponse(html, headers=HEADERS)

    return show


def _advance(desk: Desk) -> Endpoint:
    async def advance(request: Request) -> Response:
        if not _from_this_page(request):
            return HTMLResponse("This form belongs to another page.", status_code=403, headers=HEADERS)
        form = await request.form(max_files=0, max_fields=10)
        seconds = _seconds(str(form.get("seconds", "")))
        if seconds is None:
            text = f"Seconds are a number from 0 to {LONGEST}. The clock never goes back."
            return HTMLResponse(text, status_code=422, headers=HEADERS)
        desk.advance(seconds)
        prefix = str(form.get("prefix", ""))
        return RedirectResponse(f"/?{urlencode({'prefix': prefix})}" if prefix else "/", status_code=303)

    return advance


def _from_this_page(request: Request) -> bool:
    """A browser says from where a form is sent: no other site may move the clock."""
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.url.netloc
    except ValueError:
        return False


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= LONGEST else None


async def _style(_: Request) -> Response:
    content = (resources.files("simulator.console") / "style.css").read_bytes()
    return Response(content, media_type="text/css", headers={**HEADERS, "Cache-Control": "max-age=300"})
