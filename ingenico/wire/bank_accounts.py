"""Bank accounts, by IBAN or in their country's own form.

Sources: `bank_account_iban.py`, `bank_account_bban.py`.
"""

from ingenico.wire.base import CountryCode, Hidden, Received, Sent


class BankAccountIban(Sent):
    """An account by its IBAN."""

    account_holder_name: Hidden
    iban: Hidden
    """The International Bank Account Number."""


class BankAccountBban(Sent):
    """An account in its country's own form; for ACH the bank code is the routing number."""

    account_holder_name: Hidden
    account_number: Hidden
    bank_code: str
    country_code: CountryCode


class ReceivedIban(Received):
    """An account as answered, its number usually obfuscated."""

    account_holder_name: Hidden | None = None
    iban: Hidden | None = None


class ReceivedBban(Received):
    """An account as answered."""

    account_holder_name: Hidden | None = None
    account_number: Hidden | None = None
    bank_code: str | None = None
