"""Logos of the products at the session's assetUrl: their names as pictures, since the real ones are trademarks."""

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from simulator.products import elements
from simulator.products.table import CARDS, PRODUCTS

PATH = "/assets/{logo:path}"
_LABELS = {elements.logo(product.id): product.label for product in PRODUCTS.values()} | {elements.logo(CARDS): "Cards"}


async def logo(request: Request) -> Response:
    """One logo as SVG; a size in the query changes nothing, since the picture has no size of its own."""
    label = _LABELS.get(request.path_params["logo"])
    if label is None:
        return Response("", status_code=404, media_type="image/svg+xml")
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32">'
        '<rect width="120" height="32" rx="4" fill="#e8eaee"/>'
        f'<text x="60" y="21" font-family="sans-serif" font-size="13" text-anchor="middle">{escape(label)}</text></svg>'
    )
    return Response(picture, media_type="image/svg+xml")
