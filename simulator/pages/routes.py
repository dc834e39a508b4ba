"""Which address shows which page. A GET only shows; whatever changes something is a POST, answered with 303."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulator.kernel.desk import Desk
from simulator.pages import bank, challenge, checkout, mandates, rendering
from simulator.pages.visits import Visit

Show = Callable[[Visit], Response]

_CHECKOUT = "/pages/checkout/{id}"
PAGES: tuple[tuple[str, str, Show], ...] = (
    ("GET", _CHECKOUT, checkout.show),
    ("GET", f"{_CHECKOUT}/pay", checkout.show_form),
    ("POST", f"{_CHECKOUT}/pay", checkout.pay),
    ("POST", f"{_CHECKOUT}/again", checkout.try_again),
    ("POST", f"{_CHECKOUT}/cancel", checkout.cancel),
    ("GET", "/pages/3ds/{id}", challenge.show),
    ("POST", "/pages/3ds/{id}", challenge.decide),
    ("GET", "/pages/bank/{id}", bank.show),
    ("POST", "/pages/bank/{id}", bank.decide),
    ("GET", "/pages/mandate/{id}", mandates.show),
    ("POST", "/pages/mandate/{id}", mandates.decide),
    ("GET", "/pages/debit/{id}", mandates.show_debit),
    ("POST", "/pages/debit/{id}", mandates.decide_debit),
    ("GET", "/pages/mandatemanagement/{id}", mandates.show_form),
    ("POST", "/pages/mandatemanagement/{id}", mandates.give),
)


def routes(desk: Desk) -> list[BaseRoute]:
    """All pages of one desk, and what they are made of."""
    pages = [Route(path, _endpoint(desk, show), methods=[method]) for method, path, show in PAGES]
    return [
        *pages,
        Route("/pages/style.css", _asset("style.css", "text/css")),
        Route("/pages/icon.svg", _asset("icon.svg", "image/svg+xml")),
    ]


def _endpoint(desk: Desk, show: Show) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=50) if request.method == "POST" else {}
        visit = Visit(
            desk=desk,
            now=desk.clock.now(),
            base_url=f"{request.url.scheme}://{request.url.netloc}",
            object_id=request.path_params["id"],
            query=dict(request.query_params),
            form={name: value for name, value in form.items() if isinstance(value, str)},
        )
        return show(visit)

    return endpoint


def _asset(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return rendering.asset(name, media_type)

    return endpoint
