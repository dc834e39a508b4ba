"""The results of the checks; the city decides, as it does for a payment."""

from simulator.kernel.calls import Json
from simulator.payments import trigger_tables
from simulator.services import bank_accounts, bank_details
from simulator.services.bank_accounts import Account

ACCEPTED, CHALLENGED, DENIED = "accepted", "challenged", "denied"

# What the card check prints beside its result.
_RETAIL_DECISIONS = {
    ACCEPTED: {"fraudCode": "0000", "fraudNeural": "10", "fraudRCF": "A"},
    CHALLENGED: {"fraudCode": "0150", "fraudNeural": "55", "fraudRCF": "C"},
    DENIED: {"fraudCode": "0330", "fraudNeural": "95", "fraudRCF": "D"},
}


def of_city(city: str) -> str:
    """Accepted everywhere but where the tables say otherwise: an assessment is a check that was asked for."""
    return trigger_tables.CITIES.get(city.strip().lower(), ACCEPTED)


def of_card(city: str) -> list[Json]:
    """The fraud check and the blacklist, which holds nothing."""
    result = of_city(city)
    check: Json = {
        "category": "retaildecisionsCCFraudCheck",
        "result": result,
        "retaildecisionsCCFraudCheckOutput": _RETAIL_DECISIONS[result],
    }
    return [check, {"category": "globalcollectBlacklistCheckCC", "result": ACCEPTED}]


def of_account(account: Account, city: str) -> list[Json]:
    """Whether the account can exist, the fraud check, which Germany alone has, and the blacklist, which is empty."""
    checks = bank_accounts.checks(account)
    exists = all(check.result == bank_accounts.PASSED for check in checks)
    output: Json = {"checks": [vars(check) for check in checks], **bank_details.reformatted(account)}
    fraud = "ddFraudCheck" if account.country == "DE" else "globalcollectBlacklistCheckDD"
    return [
        {
            "category": "validationbankAccount",
            "result": ACCEPTED if exists else DENIED,
            "validationBankAccountOutput": output,
        },
        {"category": fraud, "result": of_city(city)},
    ]
