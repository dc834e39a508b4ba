"""In how many parts an amount may be paid, and what each part is."""

from simulator.front.reader import WHOLE_CURRENCIES, Reader
from simulator.kernel.calls import Json
from simulator.services import iins

# Plans without interest and their codes (SDK, Installments).
PLANS = {3: 43, 6: 46, 9: 49, 12: 52}
# Where cards are paid in parts, and what the offer is called there.
COUNTRIES = {
    "AR": "Cuotas sin interés",
    "BR": "Parcelamento",
    "MX": "Meses sin intereses",
    "PH": "Installments",
    "TR": "Taksit",
}


def options(amount: int, currency: str, country: str, product: int | None = None) -> list[Json]:
    """The options for a card payment; none where the country or the product has no installments."""
    context: Json = {"isInstallments": True, "countryCode": country}
    if country not in COUNTRIES or (product is not None and not iins.allowed_in(product, context)):
        return []
    unit = 100 if currency in WHOLE_CURRENCIES else 1
    plans = [_plan(amount, currency, unit, number) for number in PLANS if amount >= unit * number]
    hints: Json = {"displayOrder": 1, "label": COUNTRIES[country], "logo": f"installments/{country.lower()}.png"}
    if not plans:
        return []
    return [{"id": f"{country}-1", "displayHints": hints, "installmentPlans": plans}]


def _plan(amount: int, currency: str, unit: int, number: int) -> Json:
    """All parts are the same and never above the total together, so what does not divide is left out."""
    return {
        "amountOfMoneyPerInstallment": {"amount": amount // unit // number * unit, "currencyCode": currency},
        "amountOfMoneyTotal": {"amount": amount, "currencyCode": currency},
        "frequencyOfInstallments": "monthly",
        "installmentPlanCode": PLANS[number],
        "interestRate": "0",
        "numberOfInstallments": number,
    }


def answer_of(content: Json) -> Json:
    """The answer to a GetInstallmentRequest. Raises Refusal: 400 for a wrong value, 404 for digits of no scheme."""
    reader = Reader(content)
    currency = reader.text("amountOfMoney.currencyCode", "[A-Z]{3}", required=True)
    amount = reader.amount("amountOfMoney.amount", currency, required=True)
    country = reader.text("countryCode", "[A-Z]{2}", required=True)
    product = reader.integer("paymentProductId", 1, 99_999)
    digits = iins.read_bin(reader)
    reader.raise_if_wrong()
    assert amount is not None
    assert currency is not None
    assert country is not None
    if digits is not None and product is None:
        product = _product_of(digits)
    return {"installmentOptions": options(amount, currency, country, product)}


def _product_of(digits: str) -> int:
    details = iins.iin_details(digits)
    product = None if details is None else details["paymentProductId"]
    if not isinstance(product, int):
        raise iins.unknown_bin()
    return product
