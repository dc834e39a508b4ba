"""The few banks that the simulator knows by name, and their SWIFT addresses."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bank:
    """A bank by the code that its accounts carry."""

    name: str
    bic: str
    chips_uid: str = ""


_BANKS = {
    ("BE", "001"): Bank(name="BNP Paribas Fortis", bic="GEBABEBB"),
    ("BE", "539"): Bank(name="Bank J. Van Breda & C°", bic="JVBABE22"),
    ("DE", "10000000"): Bank(name="Bundesbank", bic="MARKDEF1100"),
    ("DE", "37040044"): Bank(name="Commerzbank", bic="COBADEFFXXX"),
    ("DE", "50010517"): Bank(name="ING-DiBa", bic="INGDDEFFXXX"),
    ("DE", "72020070"): Bank(name="UniCredit Bank", bic="HYVEDEMM408"),
    ("ES", "0049"): Bank(name="Banco Santander", bic="BSCHESMMXXX"),
    ("ES", "2100"): Bank(name="CaixaBank", bic="CAIXESBBXXX"),
    ("FR", "20041"): Bank(name="La Banque Postale", bic="PSSTFRPPXXX"),
    ("FR", "30004"): Bank(name="BNP Paribas", bic="BNPAFRPPXXX"),
    ("IT", "02008"): Bank(name="UniCredit", bic="UNCRITMMXXX"),
    ("IT", "05428"): Bank(name="UBI Banca", bic="BLOPIT22XXX"),
    ("NL", "ABNA"): Bank(name="ABN AMRO Bank", bic="ABNANL2A"),
    ("NL", "INGB"): Bank(name="ING Bank", bic="INGBNL2A"),
    ("NL", "RABO"): Bank(name="Rabobank", bic="RABONL2U"),
    ("US", "021000021"): Bank(name="JPMorgan Chase Bank", bic="CHASUS33", chips_uid="0002"),
}


def bank_of(country: str, code: str) -> Bank | None:
    """The bank of a code, None for one that is not in the table."""
    return _BANKS.get((country, code))
