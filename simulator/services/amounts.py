"""Converting an amount between currencies by a table of fixed rates: a test can foresee every answer."""

from fractions import Fraction

from simulator.front.reader import HIGHEST_AMOUNT, WHOLE_CURRENCIES, Reader
from simulator.kernel.calls import Call, Json

# What one euro is worth. Not of any day: rates that move would make answers that no test can foresee.
PER_EURO = {
    "EUR": "1", "ARS": "950", "AUD": "1.65", "BGN": "1.95583", "BRL": "5.45", "CAD": "1.47", "CHF": "0.95",
    "CLP": "1020", "CNY": "7.8", "COP": "4250", "CZK": "25.2", "DKK": "7.46", "GBP": "0.85", "HKD": "8.45",
    "HUF": "390", "IDR": "17500", "ILS": "4", "INR": "90", "ISK": "150", "JPY": "165", "KRW": "1450", "MXN": "18.5",
    "MYR": "5.1", "NOK": "11.6", "NZD": "1.8", "PEN": "4.05", "PHP": "62", "PLN": "4.3", "RON": "4.97", "SAR": "4.05",
    "SEK": "11.4", "SGD": "1.46", "THB": "39", "TRY": "35", "TWD": "35", "USD": "1.08", "UYU": "42", "VND": "27500",
    "ZAR": "20",
}  # fmt: skip


def convert_amount(source: str, target: str, amount: int) -> int:
    """The amount in the other currency, both with two implied decimals.

    Exact, then rounded once, halves up, to what the target has: a cent, or a whole unit, which ends in 00.
    """
    unit = 100 if target in WHOLE_CURRENCIES else 1
    exact = amount * Fraction(PER_EURO[target]) / Fraction(PER_EURO[source]) / unit
    return int(exact + Fraction(1, 2)) * unit


def answer_of(call: Call) -> Json:
    """`convertedAmount` of the query's source, target and amount. Raises Refusal that names what is wrong."""
    reader = Reader({name: _as_json(name, value) for name, value in call.queries})
    source, target = _currency(reader, "source"), _currency(reader, "target")
    amount = reader.amount("amount", source, low=0, required=True)
    reader.raise_if_wrong()
    assert source is not None
    assert target is not None
    assert amount is not None
    return {"convertedAmount": convert_amount(source, target, amount)}


def _as_json(name: str, value: str) -> object:
    """A query has strings alone; the amount is read as the number that a body would hold."""
    digits = name == "amount" and value.isascii() and value.isdigit() and len(value) <= len(str(HIGHEST_AMOUNT))
    return int(value) if digits else value


def _currency(reader: Reader, name: str) -> str | None:
    return reader.text(name, "|".join(PER_EURO), required=True)
