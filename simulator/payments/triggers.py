"""What a test card, account, amount, city or name brings about. The data is in `trigger_tables`, here are look-ups.

An outcome is fixed when a payment is created; the rest of the simulator carries it out.
"""

import re
from dataclasses import dataclass, replace

from simulator.payments import trigger_tables as tables
from simulator.payments.records import Outcome

APPROVED = Outcome()


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


def declined(code: str) -> Outcome:
    """A refusal by the issuer or the bank."""
    message, retriable = tables.DECLINES[code]
    return Outcome(decline_code=code, decline_message=message, retriable=retriable)


def _of_words(what: str) -> Outcome:
    """What a cell of a table says; a decline code, or some words."""
    if what in tables.DECLINES:
        return declined(what)
    returned = re.fullmatch("returned after ([0-9]+) days", what)
    if returned:
        return Outcome(returned_after_days=int(returned[1]))
    return APPROVED if what == "collected" else tables.WHAT_CARDS_DO[what]


def _official() -> dict[tuple[str, int, str], list[tuple[str, Outcome]]]:
    found: dict[tuple[str, int, str], list[tuple[str, Outcome]]] = {}
    for number, cvv, amount, currency, result, avs, cvv_result in tables.rows(tables.OFFICIAL_CARDS):
        approved = replace(APPROVED, authorisation_code=result, avs=avs, cvv=cvv_result)
        outcome = declined(result) if result in tables.DECLINES else approved
        found.setdefault((number, int(amount), currency), []).append((cvv, outcome))
    return found


_OFFICIAL = _official()

CARDS = {number: APPROVED for number, _, _ in _OFFICIAL}
CARDS |= {number: _of_words(what) for number, _, what in tables.rows(tables.CARDS)}
TOKENS = {token: number for number, token, _ in tables.rows(tables.CARDS) if token}
ACCOUNTS = {account: _of_words(what) for account, what in tables.rows(tables.ACCOUNTS)}


def of_card(number: str, facts: Facts) -> Outcome:
    """What comes of a payment with this card; any number that is not listed is authorized."""
    by_amount = _OFFICIAL.get((number, facts.amount, facts.currency), ())
    found = next((outcome for cvv, outcome in by_amount if cvv in {"", facts.cvv}), None)
    outcome = found or CARDS.get(number, APPROVED)
    if outcome.decline_code:
        return outcome
    fraud = "" if facts.skip_fraud else tables.CITIES.get(facts.city.strip().lower(), "")
    if fraud == "denied":
        return tables.DENIED
    authentication = _authentication(outcome, facts)
    days = _days(tables.CHARGEBACK, facts.name)
    if not fraud and authentication == outcome.authentication and days is None:
        return outcome
    return replace(
        outcome,
        fraud=fraud or outcome.fraud,
        authentication=authentication,
        chargeback_after_days=outcome.chargeback_after_days if days is None else days,
    )


def _authentication(outcome: Outcome, facts: Facts) -> str:
    """Whether the cardholder is asked: never where the request skips it; else as the card says, or the merchant."""
    if facts.skip_authentication:
        return ""
    return outcome.authentication or ("challenge" if facts.challenge == "challenge-required" else "frictionless")


def of_debit(account: str, facts: Facts) -> Outcome:
    """What comes of a direct debit from this account (IBAN or account number, without spaces)."""
    outcome = ACCOUNTS.get(account, APPROVED)
    days = _days(tables.RETURN, facts.name)
    return outcome if days is None or outcome.decline_code else replace(outcome, returned_after_days=days)


def of_redirect(facts: Facts) -> Outcome:
    """What comes of a payment by a redirect product once the customer has confirmed it: nothing can go wrong."""
    del facts
    return APPROVED


def _days(word: str, name: str) -> int | None:
    """The number of days behind a word in a name."""
    found = re.search(rf"\b{word}([0-9]{{1,3}})\b", name) if word in name else None
    return int(found[1]) if found else None
