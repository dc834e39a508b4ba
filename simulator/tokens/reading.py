"""The bodies of create and update token: exactly one of card, eWallet, nonSepaDirectDebit, sepaDirectDebit."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.kernel.clock import DAY
from simulator.payments import accounts, aliases, cards, days
from simulator.payments.accounts import Account
from simulator.tokens import vault

CARD, EWALLET, NON_SEPA, SEPA = "card", "eWallet", "nonSepaDirectDebit", "sepaDirectDebit"
BLOCKS = (CARD, EWALLET, NON_SEPA, SEPA)
# Which products each block holds; every other product is a card's.
PRODUCTS = {EWALLET: {840}, NON_SEPA: {705, 730}, SEPA: {770}}
CARD_DATA = "card.data.cardWithoutCvv"
MANDATE = "sepaDirectDebit.mandate"

# Who collects: the simulator's own, as answers to get token show it.
CREDITOR: Json = {
    "city": "Hoofddorp",
    "countryCode": "NL",
    "houseNumber": "1",
    "iban": "NL53INGB0000000036",
    "id": "NL61ZZZ012345670000",
    "name": "Simulated Collections",
    "referenceParty": "Merchant",
    "street": "Kade",
    "zip": "2132 AA",
}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What create token asks to keep: what GET will show, by what it is found again, and the card or account itself."""

    shown: Json
    reference: str
    behind: Mapping[str, object]


def create(content: Json, now: int, *, first_six: bool) -> Kept:
    """Read and check the body of create token. Raises Refusal that names every field that is wrong."""
    reader = Reader(content)
    name = block_given(reader)
    product = reader.integer("paymentProductId", 1, 99_999, required=True)
    kept: Kept | None = None
    if product is not None and name is not None and _fits(reader, name, product):
        check_alias(reader, name)
        kept = _card(reader, now, first_six=first_six) if name == CARD else _READERS[name](reader, product, now)
    reader.raise_if_wrong()
    assert kept is not None
    return Kept(shown={"paymentProductId": product, **kept.shown}, reference=kept.reference, behind=kept.behind)


def block_of(shown: Json) -> str:
    """Which of the four a token is."""
    return next(name for name in BLOCKS if name in shown)


def block_given(reader: Reader) -> str | None:
    """The one block of a body; None, with what is wrong noted, for none or several."""
    if reader.value("encryptedCustomerInput") is not None:
        reader.wrong("encryptedCustomerInput", "ENCRYPTED INPUT COULD NOT BE READ")
        return None
    given = [name for name in BLOCKS if reader.value(name) is not None]
    if len(given) > 1:
        reader.wrong(given[1], f"{given[0]} AND {given[1]} MUST NOT BOTH BE GIVEN")
    if not given:
        reader.missing(CARD)
    return given[0] if len(given) == 1 else None


def _fits(reader: Reader, name: str, product: int) -> bool:
    fits = product in PRODUCTS[name] if name != CARD else all(product not in each for each in PRODUCTS.values())
    if not fits:
        reader.wrong("paymentProductId", f"PRODUCT {product} DOES NOT BELONG TO {name}")
    return fits


def check_alias(reader: Reader, name: str) -> None:
    """The alias of a block."""
    aliases.read(reader, f"{name}.alias")


def _card(reader: Reader, now: int, *, first_six: bool) -> Kept | None:
    card = cards.read(reader, CARD_DATA, now, verification=False)
    check_card(reader)
    if card is None:
        return None
    given = dict(object_at(reader, CARD_DATA))
    shown = {**given, **card.shown(first_six=first_six)}
    block = {
        "alias": card.masked(first_six=first_six),
        **object_at(reader, CARD),
        "data": {**object_at(reader, "card.data"), "cardWithoutCvv": shown},
    }
    return Kept(shown={CARD: block}, reference=card.digest, behind={"vault": asdict(card)})


def _ewallet(reader: Reader, _product: int, _now: int) -> Kept | None:
    agreement = reader.text("eWallet.data.billingAgreementId", "[!-~]{1,40}", required=True)
    if agreement is None:
        return None
    masked = "*" * max(0, len(agreement) - 4) + agreement[-4:]
    digest = hashlib.sha256(agreement.encode()).hexdigest()
    return Kept(shown={EWALLET: {"alias": masked, **object_at(reader, EWALLET)}}, reference=digest, behind={})


def _non_sepa(reader: Reader, product: int, _now: int) -> Kept | None:
    data, other = (f"paymentProduct{each}SpecificData" for each in (product, 1435 - product))
    path = f"{NON_SEPA}.mandate.{data}.bankAccountBban"
    if reader.value(f"{NON_SEPA}.mandate.{other}") is not None:
        reader.wrong(f"{NON_SEPA}.mandate.{other}", f"DATA OF ANOTHER PRODUCT THAN {product}")
    reader.text(f"{NON_SEPA}.mandate.{data}.authorisationId", "[!-~]{1,40}")
    account = accounts.read_bban(reader, path, routing=product == vault.ACH)
    if account is None:
        return None
    bban = {**object_at(reader, path), "accountNumber": account.masked}
    mandate = {data: {**object_at(reader, f"{NON_SEPA}.mandate.{data}"), "bankAccountBban": bban}}
    block = {"alias": account.masked, **object_at(reader, NON_SEPA), "mandate": mandate}
    return _of_account({NON_SEPA: block}, product, account)


def _sepa(reader: Reader, product: int, now: int) -> Kept | None:
    """Required fields: the vendor's integration page for SEPA Direct Debit."""
    account = accounts.read_iban(reader, f"{MANDATE}.bankAccountIban")
    check_sepa(reader, now, required=True)
    if account is None:
        return None
    mandate = {
        "mandateApproval": {"mandateSigned": False},
        **object_at(reader, MANDATE),
        "bankAccountIban": {"accountHolderName": account.holder, "iban": account.masked},
        "mandateId": uuid.uuid4().hex[:24].upper(),
        "creditor": CREDITOR,
    }
    block = {"alias": account.masked, **object_at(reader, SEPA), "mandate": mandate}
    return _of_account({SEPA: block}, product, account)


def _of_account(shown: Json, product: int, account: Account) -> Kept:
    reference = vault.account_reference(product, account)
    return Kept(shown=shown, reference=reference, behind={"account": asdict(account)})


_READERS: dict[str, Callable[[Reader, int, int], Kept | None]] = {EWALLET: _ewallet, NON_SEPA: _non_sepa, SEPA: _sepa}


def check_card(reader: Reader) -> None:
    """What stands beside a token's card."""
    reader.text(f"{CARD_DATA}.issueNumber", "[0-9]{1,2}")
    days.read(reader, "card.data.firstTransactionDate")


def check_sepa(reader: Reader, now: int, *, required: bool = False) -> None:
    """What stands beside a SEPA token's account; an update need not repeat what is required."""
    reader.text(f"{SEPA}.customer.billingAddress.countryCode", "[A-Z]{2}", required=required)
    reader.text(f"{MANDATE}.debtor.surname", ".{1,70}", required=required)
    reader.text(f"{MANDATE}.preNotification", "do-not-send|send-on-first-collection")
    if reader.value(f"{MANDATE}.mandateApproval") is not None:
        signed = reader.boolean(f"{MANDATE}.mandateApproval.mandateSigned", default=False)
        check_approval(reader, f"{MANDATE}.mandateApproval.", now, required=signed)


def check_approval(reader: Reader, prefix: str, now: int, *, required: bool) -> None:
    """When and where a mandate was signed; at most tomorrow, which it is already in the east."""
    signed_on = days.read(reader, f"{prefix}mandateSignatureDate", required=required)
    reader.text(f"{prefix}mandateSignaturePlace", ".{1,51}", required=required)
    if signed_on is not None and days.begins(signed_on) > now + DAY:
        reader.wrong(f"{prefix}mandateSignatureDate", "A MANDATE CANNOT BE SIGNED IN THE FUTURE")


def signed(content: Json, now: int) -> Json:
    """The body of approve SEPA direct debit. Raises Refusal."""
    reader = Reader(content)
    if reader.value("mandateSigned", required=True) is False:
        reader.wrong("mandateSigned", "AN APPROVED MANDATE IS SIGNED")
    check_approval(reader, "", now, required=True)
    reader.raise_if_wrong()
    return content


def object_at(reader: Reader, path: str) -> Json:
    """The object at a path, an empty one when there is none."""
    found = reader.value(path)
    return found if isinstance(found, dict) else {}
