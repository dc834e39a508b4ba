"""Cards and tokens the simulator knows, and what their issuers answer.

4567350000427977, 4012000033330026 and 5424180279791732 are official test cards with the official outcome (vendor's
testing pages; ActiveMerchant's sandbox suite for the decline); the other numbers and all token names are ours.
"""

from dataclasses import dataclass

VISA, AMERICAN_EXPRESS, MASTERCARD = 1, 2, 3

APPROVED_CODE = "OK1131"

# Codes and messages as recorded or listed by the vendor.
DECLINES = {"430330": "Not authorised", "430360": "Not authorised", "430306": "Card expired"}


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card as an authorization sees it."""

    number: str
    expiry_date: str = "1249"
    decline_code: str | None = None
    capture_fails: bool = False

    @property
    def masked(self) -> str:
        """Twelve stars and the last four digits, as most recordings mask."""
        return "*" * 12 + self.number[-4:]

    @property
    def product(self) -> int:
        """The payment product by the number's first digits."""
        if self.number[0] == "4":
            return VISA
        return AMERICAN_EXPRESS if self.number[0] == "3" else MASTERCARD


TOKENS = {
    "token-visa-approved": Card(number="4567350000427977"),
    "token-visa-second": Card(number="4012000033330026"),
    "token-mastercard-declined": Card(number="5424180279791732", decline_code="430330"),
    "token-visa-insufficient-funds": Card(number="4457010000000009", decline_code="430360"),
    "token-visa-expired-card": Card(number="4543059790016721", decline_code="430306"),
    "token-visa-capture-rejected": Card(number="4200000000000000", capture_fails=True),
}

_BY_NUMBER = {card.number: card for card in TOKENS.values()}


def by_number(number: str, expiry_date: str) -> Card:
    """A typed card behaves like the token that holds its number; any other number is approved."""
    known = _BY_NUMBER.get(number)
    return Card(
        number=number,
        expiry_date=expiry_date,
        decline_code=known.decline_code if known else None,
        capture_fails=known.capture_fails if known else False,
    )


def passes_luhn(number: str) -> bool:
    """The check digit fits."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
