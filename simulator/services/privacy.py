"""The privacy policy as HTML, to be shown to the consumer beside a payment form."""

from simulator.front.reader import Reader
from simulator.kernel.calls import Call, Json
from simulator.products.table import PRODUCTS

_TEXTS = {
    "en": ("Privacy policy", "This simulator handles the data of a payment with {product} on this machine alone."),
    "de": ("Datenschutz", "Dieser Simulator verarbeitet die Daten einer Zahlung mit {product} nur auf diesem Rechner."),
    "fr": (
        "Protection des données",
        "Ce simulateur traite les données d'un paiement par {product} sur cette machine seulement.",
    ),
    "nl": ("Privacy", "Deze simulator verwerkt de gegevens van een betaling met {product} alleen op deze machine."),
}


def privacy_policy(locale: str = "en_GB", product: int | None = None) -> str:
    """The policy of one product, or of all of them; a language that is not there is told in English."""
    title, text = _TEXTS.get(locale[:2], _TEXTS["en"])
    shown = [PRODUCTS[product]] if product is not None else PRODUCTS.values()
    names = dict.fromkeys(each.label for each in shown)
    parts = "".join(f"<h2>{name}</h2><p>{text.format(product=name)}</p>" for name in names)
    return f"<h1>{title}</h1>{parts}"


def answer_of(call: Call) -> Json:
    """`htmlContent` for the query's locale and paymentProductId. Raises Refusal that names what is wrong."""
    reader = Reader(dict(call.queries))
    locale = reader.text("locale", "[a-z]{2}_[A-Z]{2}")
    product = reader.text("paymentProductId", "|".join(str(product) for product in PRODUCTS))
    reader.raise_if_wrong()
    return {"htmlContent": privacy_policy(locale or "en_GB", int(product) if product else None)}
