"""cardPaymentMethodSpecificInput: which card, held or charged, with or without the cardholder's authentication."""

import uuid

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.payments import cards, records, timeline, triggers
from simulator.payments.asked import Asked, Money
from simulator.payments.cards import Card
from simulator.payments.context import Context
from simulator.payments.records import Outcome
from simulator.tokens import vault

INPUT = "cardPaymentMethodSpecificInput"
MODES = (timeline.PRE_AUTHORIZATION, timeline.FINAL_AUTHORIZATION, timeline.SALE)
SECURE = f"{INPUT}.threeDSecure"


def read(desk: Desk, reader: Reader, context: Context, money: Money | None) -> Asked | None:
    """Read the block; None, with what is wrong noted, when it cannot be carried out."""
    mode = reader.text(f"{INPUT}.authorizationMode", "|".join(MODES)) or timeline.UNSPECIFIED
    merchant = desk.merchant(context.merchant_id)
    needs_approval = reader.boolean(f"{INPUT}.requiresApproval", default=merchant.requires_approval)
    product = reader.integer(f"{INPUT}.paymentProductId", 1, 99_999)
    return_url = _return_url(reader)
    card = _card(desk, reader, context)
    skip_authentication = _skips_authentication(reader)
    if card is None or money is None:
        return None
    outcome = triggers.of_card(card.known, _facts(reader, money, skip_authentication=skip_authentication))
    if not cards.lasts(card.expiry_date, context.now):
        # A typed card that is over was refused above; that of a token was good when it was kept.
        outcome = triggers.declined("430306")
    at_once = mode == timeline.SALE or not needs_approval
    several = records.CAPTURES if merchant.multiple_captures else records.ONE_CAPTURE
    redirect = _redirect(desk, context, outcome, return_url)
    if outcome.authentication in {"challenge", "failed"} and redirect is None:
        reader.missing(f"{SECURE}.redirectionData.returnUrl")
        return None
    return Asked(
        money=money,
        method=records.CARD,
        product=product or card.product,
        captures=records.AT_ONCE if at_once and money.amount else several,
        outcome=outcome,
        output=_output(card, outcome, money, first_six=merchant.mask_first_six),
        mode=mode,
        redirect=redirect,
        card=card,
        tokenize=reader.value(f"{INPUT}.tokenize") is True or reader.value(f"{INPUT}.isRecurring") is True,
    )


def _card(desk: Desk, reader: Reader, context: Context) -> Card | None:
    token = reader.text(f"{INPUT}.token", ".{1,40}")
    typed = reader.value(f"{INPUT}.card")
    if token is not None and isinstance(typed, dict) and "cardNumber" in typed:
        reader.wrong(f"{INPUT}.token", "TOKEN AND CARD MUST NOT BOTH BE GIVEN")
        return None
    if token is not None:
        held = vault.card_of(desk, context.merchant_id, token)
        if held is None:
            reader.wrong(f"{INPUT}.token", "UNKNOWN TOKEN")
        return None if held is None else cards.renewed(reader, f"{INPUT}.card", held, context.now)
    if typed is None:
        if reader.value(f"{INPUT}.token") is None:
            reader.missing(f"{INPUT}.card")
        return None
    return cards.read(reader, f"{INPUT}.card", context.now)


def _facts(reader: Reader, money: Money, *, skip_authentication: bool) -> triggers.Facts:
    cvv, challenge = reader.value(f"{INPUT}.card.cvv"), reader.value(f"{SECURE}.challengeIndicator")
    return triggers.Facts(
        amount=money.amount,
        currency=money.currency,
        country=money.country,
        city=money.city,
        name=money.name,
        cvv=cvv if isinstance(cvv, str) else "",
        skip_fraud=reader.value(f"{INPUT}.skipFraudService") is True,
        skip_authentication=skip_authentication,
        challenge=challenge if isinstance(challenge, str) else "",
    )


def _skips_authentication(reader: Reader) -> bool:
    """Without 3-D Secure data, or with data from elsewhere, or told so: the cardholder is not asked."""
    if reader.value(f"{SECURE}.skipAuthentication") is True or reader.value(f"{INPUT}.skipAuthentication") is True:
        return True
    if reader.value(f"{SECURE}.externalCardholderAuthenticationData") is not None:
        return True
    return reader.value(SECURE) is None and reader.value(f"{INPUT}.returnUrl") is None


def _return_url(reader: Reader) -> str | None:
    """Where the customer comes back to. The real platform wants https and no localhost; here http will do."""
    deprecated = reader.return_url(f"{INPUT}.returnUrl")
    return reader.return_url(f"{SECURE}.redirectionData.returnUrl") or deprecated


def _redirect(desk: Desk, context: Context, outcome: Outcome, return_url: str | None) -> Json | None:
    if outcome.authentication not in {"challenge", "failed"} or return_url is None:
        return None
    return {
        "kind": "challenge",
        "return_url": return_url,
        "returnmac": str(uuid.uuid4()),
        "page": f"{context.base_url}/pages/3ds",
        "expires_at": context.now + microseconds(desk.settings.redirect_seconds),
    }


def _output(card: Card, outcome: Outcome, money: Money, *, first_six: bool) -> Json:
    """What the specific output shows of a payment that is not rejected."""
    shown: Json = {
        "authorisationCode": outcome.authorisation_code,
        "card": card.shown(first_six=first_six),
        "fraudResults": {
            "fraudServiceResult": outcome.fraud,
            "avsResult": outcome.avs,
            "cvvResult": outcome.cvv,
        },
        "schemeTransactionId": uuid.uuid4().hex[:15].upper(),
    }
    if outcome.authentication:
        shown["threeDSecureResults"] = _authentication(card, outcome, money)
    return shown


def _authentication(card: Card, outcome: Outcome, money: Money) -> Json:
    """Fields as recorded for version 2; ECI 05 or 02 for an authenticated cardholder, by scheme."""
    authenticated = outcome.authentication != "failed"
    mastercard = card.product in {cards.MASTERCARD, cards.MAESTRO}
    return {
        "acsTransactionId": str(uuid.uuid4()),
        "authenticationAmount": {"amount": money.amount, "currencyCode": money.currency},
        "cavv": "AAABBEg0VhI0VniQEjRWAAAAAAA=" if authenticated else "",
        "directoryServerTransactionId": str(uuid.uuid4()),
        "eci": ("02" if mastercard else "05") if authenticated else ("00" if mastercard else "07"),
        "threeDSecureVersion": "2.2.0",
        "threeDServerTransactionId": str(uuid.uuid4()),
        "threeDSecureData": {
            "method": "challenged" if outcome.authentication == "challenge" else "frictionless",
            "acsTransactionId": str(uuid.uuid4()),
        },
    }
