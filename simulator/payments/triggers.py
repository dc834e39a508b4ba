"""What a test card, account, amount, city or name brings about: one table, documented in docs/simulator.md.

Pure data and look-ups: an outcome is fixed when a payment is created; the rest of the simulator carries it out.
"""

from dataclasses import dataclass

from simulator.payments.records import Outcome

DECLINES = {"430330": "Not authorised", "430360": "Not authorised", "430306": "Card expired"}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What of a request can decide its outcome. `amount` has two implied decimals."""

    amount: int
    currency: str
    country: str = ""
    city: str = ""
    name: str = ""
    cvv: str = ""
    skip_fraud: bool = False
    skip_authentication: bool = True
    challenge: str = ""


CARDS = {
    "4567350000427977": Outcome(),
    "4012000033330026": Outcome(),
    "5424180279791732": Outcome(decline_code="430330"),
    "4457010000000009": Outcome(decline_code="430360"),
    "4543059790016721": Outcome(decline_code="430306"),
    "4200000000000000": Outcome(capture_fails=True),
}

TOKENS = {
    "token-visa-approved": "4567350000427977",
    "token-visa-second": "4012000033330026",
    "token-mastercard-declined": "5424180279791732",
    "token-visa-insufficient-funds": "4457010000000009",
    "token-visa-expired-card": "4543059790016721",
    "token-visa-capture-rejected": "4200000000000000",
}


def of_card(number: str, facts: Facts) -> Outcome:
    """What comes of a payment with this card; any number that is not listed is authorized."""
    del facts
    found = CARDS.get(number, Outcome())
    return declined(found.decline_code) if found.decline_code else found


def of_debit(account: str, facts: Facts) -> Outcome:
    """What comes of a direct debit from this account (IBAN or account number, without spaces)."""
    del account, facts
    return Outcome()


def of_redirect(facts: Facts) -> Outcome:
    """What comes of a payment by a redirect product once the customer has confirmed it."""
    del facts
    return Outcome()


def declined(code: str) -> Outcome:
    """A refusal by the issuer."""
    return Outcome(decline_code=code, decline_message=DECLINES[code])
