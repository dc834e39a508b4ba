"""POST /services/convert/bankaccount: national parts to IBAN and back, with what is known of the bank."""

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.services import bank_accounts
from simulator.services.bank_accounts import ACCOUNT, BANK, BRANCH, CHECK, Account
from simulator.services.banks import bank_of

BBAN, IBAN = "bankAccountBban", "bankAccountIban"


def read(reader: Reader) -> Account | None:
    """The account of either block, or of both where they agree; None, with what is wrong noted, when it is none.

    Only its form is looked at: what the check digits say is for the caller to ask (`bank_accounts.checks`).
    """
    given = [block for block in (BBAN, IBAN) if reader.value(block) is not None]
    if not given:
        reader.missing(BBAN)
        return None
    found = {BBAN: _read_bban, IBAN: _read_iban}
    accounts = [found[block](reader) for block in given]
    if len(accounts) == 2 and None not in accounts and accounts[0] != accounts[1]:
        reader.wrong(f"{IBAN}.iban", "IBAN AND BBAN ARE NOT OF THE SAME ACCOUNT")
    return accounts[0]


def _read_iban(reader: Reader) -> Account | None:
    raw = reader.value(f"{IBAN}.iban", required=True)
    if not isinstance(raw, str):
        return None
    account = bank_accounts.of_iban(_compact(raw))
    if account is None:
        reader.wrong(f"{IBAN}.iban", f"NOT THE FORM OF AN IBAN OF {', '.join(bank_accounts.LAYOUTS)}")
    return account


def _read_bban(reader: Reader) -> Account | None:
    country = reader.text(f"{BBAN}.countryCode", "|".join(bank_accounts.COUNTRIES), required=True)
    if country is None:
        return None
    values = {name: reader.value(f"{BBAN}.{name}") for name in (BANK, BRANCH, ACCOUNT, CHECK)}
    given = {name: _compact(value) for name, value in values.items() if isinstance(value, str)}
    wrong = bank_accounts.wrong_parts(country, given)
    for name in wrong:
        if values[name] is None:
            reader.missing(f"{BBAN}.{name}")
        else:
            reader.wrong(f"{BBAN}.{name}", f"NOT THE FORM OF {name} IN {country}")
    return None if wrong else bank_accounts.of_parts(country, given)


def _compact(text: str) -> str:
    """Spaces, hyphens and dots are for people."""
    return "".join(sign for sign in text if sign not in " -.").upper()


def answer_of(content: Json) -> Json:
    """The answer to a BankDetailsRequest. Raises Refusal that names what is wrong, a check digit included."""
    reader = Reader(content)
    account = read(reader)
    if account is not None and any(check.result != bank_accounts.PASSED for check in bank_accounts.checks(account)):
        block = IBAN if reader.value(BBAN) is None else BBAN
        wrong = "iban" if block == IBAN else BANK if account.country == bank_accounts.US else CHECK
        reader.wrong(f"{block}.{wrong}", "ACCOUNT DID NOT PASS ITS CHECK")
    reader.raise_if_wrong()
    assert account is not None
    holder = reader.value(f"{BBAN}.accountHolderName") or reader.value(f"{IBAN}.accountHolderName")
    return body_of(account, holder if isinstance(holder, str) else "")


def body_of(account: Account, holder: str = "") -> Json:
    """Both forms of an account, its parts reformatted, and its bank where the bank is known."""
    bank = bank_of(account.country, account.parts[BANK])
    named: Json = {"accountHolderName": holder} if holder else {}
    bban: Json = {**named, "countryCode": account.country, **account.parts}
    body: Json = {BBAN: bban, "bankData": reformatted(account)}
    if account.iban:
        body[IBAN] = {**named, "iban": account.iban}
    if bank is not None:
        bban["bankName"] = bank.name
        swift: Json = {"bic": bank.bic, "routingBic": bank.bic}
        body["swift"] = {**swift, "chipsUID": bank.chips_uid} if bank.chips_uid else swift
    return body


def reformatted(account: Account) -> Json:
    """The parts according to local clearing rules, and the bank's name where it is known."""
    names = {BANK: "reformattedBankCode", BRANCH: "reformattedBranchCode", ACCOUNT: "reformattedAccountNumber"}
    data: Json = {names[part]: value for part, value in account.parts.items() if part in names}
    bank = bank_of(account.country, account.parts[BANK])
    return {**data, "newBankName": bank.name} if bank is not None else data
