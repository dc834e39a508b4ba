"""The test data: which card, account, city or name brings about what. docs/simulator.md shows these tables.

The vendor's test pages say what the official rows do; the others are this simulator's own, one for each case that a
program may have to handle.
"""

from simulator.payments.records import Outcome

# Codes with their message and whether a retry may succeed. Those that another integration (SmashPig) retries are
# retriable; messages that no source prints are "Not authorised".
DECLINES = {
    "420080": ("Invalid bank account", False),
    "430175": ("Not authorised", False),
    "430260": ("Not authorised", False),
    "430285": ("Not authorised", True),
    "430306": ("Card expired", False),
    "430327": ("Unable to authorise", False),
    "430330": ("Not authorised", False),
    "430349": ("Not authorised", False),
    "430354": ("Not authorised", False),
    "430357": ("Authentication failed", False),
    "430360": ("Not authorised", False),
    "430396": ("Not authorised", True),
    "430409": ("Referred", True),
    "430410": ("Not authorised", False),
    "430415": ("Not authorised", False),
    "430418": ("Not authorised", False),
    "430421": ("Not authorised", False),
    "430424": ("Unable to authorise", True),
    "430475": ("Not authorised", False),
    "430692": ("Not authorised", True),
    "430694": ("Not authorised", False),
    "430697": ("Not authorised", False),
    "485000": ("Not authorised", False),
    "485020": ("Not authorised", False),
    "4360022": ("Not authorised", False),
    "4360023": ("Not authorised", False),
}

# The vendor's test cards by amount: a row holds where its amount and currency are those of the payment, and its CVV
# that of the card, where it has one. `result` is an authorization code or a decline code.
OFFICIAL_CARDS = """
card             | CVV | amount | currency | result | AVS | CVV result
4567350000427977 | 123 |   4005 | USD      | OK1131 | 0   | 0
4012000033330026 | 123 |   3500 | USD      | OK2334 | Y   | 0
4012000033330026 | 123 |   3500 | CAD      | OK2334 | Y   | 0
4012000033330026 | 999 |   1100 | USD      | OK1131 | 0   | 0
4012000033330026 | 123 |   1100 | USD      | OK1180 | 0   | 0
4012000033330026 | 123 |   1700 | CAD      | OK1175 | 0   | P
4012000033330026 | 123 |   1000 | CAD      | OK1178 | 0   | P
4012000033330026 | 124 |   1100 | CAD      | OK2316 | N   | 0
4012000033330026 | 125 |   1100 | CAD      | OK5830 | N   | 0
4012000033330026 | 123 |   9200 | CAD      | OK2324 | Y   | M
4012000033330026 | 123 |   8744 | USD      | OK232C | Y   | 0
4012000033330026 | 123 |   5500 | USD      | OK2329 | Y   | S
4012000033330026 | 123 |   2000 | USD      | OK2331 | Y   | 0
4012000033330026 | 123 |  11065 | USD      | OK2371 | Z   | P
4012000033330026 | 123 |    111 | CAD      | OK2372 | Z   | P
4012000033330026 | 123 |  11062 | USD      | OK2404 | Z   | P
4012000033330026 | 123 |   1101 | USD      | OK2419 | Z   | P
4012000033330026 | 123 |  11012 | CAD      | OK5833 | Z   | P
4012000033330026 | 123 |   1200 | USD      | OK5834 | Y   | 0
4012000033330026 | 123 |   1500 | USD      | OK5835 | U   | 0
4012000077777777 | 123 |    999 | CAD      | OK1419 | Y   | 0
4500600000000061 | 123 |  10100 | USD      | OK2319 | B   | 0
4500600000000061 | 123 |  10200 | CAD      | OK2322 | C   | 0
4063651370499176 | 123 |   1000 | CAD      | OK1131 | X   | M
4063651370499176 | 123 |   1100 | USD      | OK1131 | N   | M
4063651370499176 | 123 |    321 | USD      | OK1131 | X   | M
4063651370499176 | 123 |    500 | USD      | OK1131 | X   | M
4063651370499176 | 123 |      0 | CAD      | OK1131 | X   | 0
4012001038443335 | 123 |   1000 | CAD      | OK1131 | X   | M
4187603025743962 | 123 |   1000 | CAD      | OK1131 | X   | M
5424180279791732 |     |   1144 | CAD      | OK2341 | X   | 0
5424180279791732 |     |   3500 | CAD      | OK2345 | X   | N
5424180279791732 | 321 |   2000 | CAD      | OK2346 | X   | U
5424180279791732 | 321 |   1500 | USD      | OK2348 | Z   | 0
5424180279791732 |     |   2200 | CAD      | OK2336 | X   | M
5424180279791732 |     |   2200 | USD      | OK2336 | X   | M
5424180279791732 |     |  11006 | CAD      | OK1433 | N   | 0
5424180279791732 |     |   1200 | CAD      | OK5839 | Y   | 0
5424180279791732 |     |   1300 | CAD      | OK5840 | X   | 0
5424180279791732 |     |   1400 | CAD      | OK5841 | A   | 0
5424180279791765 |     |  99900 | CAD      | OK1440 | X   | 0
5434842555555556 |     |    100 | CAD      | OK2323 | Z   | P
5481040000020035 |     |   1000 | USD      | OK1131 | X   | M
5354201978641111 |     |   1000 | CAD      | OK1131 | X   | M
5017670000001800 | 321 |   1100 | EUR      | OK1131 | C   | 0
5895620033330020 |     |   1000 | ARS      | 109196 | 0   | 0
4870179877664434 | 321 |   1007 | ARS      | 130170 | 0   | 0
5011053417303125 |     |   1003 | ARS      | 109196 | 0   | 0
6011000991300009 |     |   1091 | USD      | OK3372 | X   | M
6011000991300009 |     |   1091 | CAD      | OK3372 | X   | M
6011000991300009 |     |   1101 | USD      | 430285 | 0   | 0
6011000991300009 |     |   1102 | CAD      | 430285 | 0   | 0
6011000991300009 |     |   2100 | USD      | 430409 | 0   | 0
6011000991300009 |     |   3100 | USD      | 430285 | 0   | 0
5895620033330020 |     |   1051 | ARS      | 430175 | 0   | 0
5895620033330020 |     |   1039 | ARS      | 430694 | 0   | 0
5895620033330020 |     |   1005 | ARS      | 430285 | 0   | 0
5895620033330020 |     |   1017 | ARS      | 430424 | 0   | 0
5895620033330020 |     |  10022 | ARS      | 485000 | 0   | 0
4870179877664434 |     |   1005 | ARS      | 430285 | 0   | 0
5011053417303125 |     |   1017 | ARS      | 430424 | 0   | 0
"""

# Payment products that a number's first digits do not tell: Carte Bancaire, Naranja, Argencard, Nativa.
PRODUCTS = {
    "5017670000001800": 130,
    "5895620033330020": 136,
    "5011053417303125": 140,
    "4870179877664434": 145,
}

# What a card does at any other amount: the card, its token where every account has one from the start, and what
# happens (a key of `WHAT_CARDS_DO`, or a decline code). A card that stands nowhere is authorized.
CARDS = """
card             | token                             | what happens
4567350000427977 | token-visa-approved               | authorized
4012000033330026 | token-visa-second                 | authorized
5424180279791732 | token-mastercard-declined         | 430330
5424180279791740 |                                   | 430330
4457010000000009 | token-visa-insufficient-funds     | 430360
4543059790016721 | token-visa-expired-card           | 430306
4000004302850007 | token-visa-soft-decline           | 430285
4000004301750000 |                                   | 430175
4000004302600006 |                                   | 430260
4000004303270007 |                                   | 430327
4000004303300002 |                                   | 430330
4000004303490001 |                                   | 430349
4000004303540003 |                                   | 430354
4000004303570000 |                                   | 430357
4000004303960003 |                                   | 430396
4000004304090008 |                                   | 430409
4000004304100005 |                                   | 430410
4000004304150000 |                                   | 430415
4000004304180007 |                                   | 430418
4000004304210002 |                                   | 430421
4000004304240009 |                                   | 430424
4000004304750007 |                                   | 430475
4000004306920004 |                                   | 430692
4000004306940002 |                                   | 430694
4000004306970009 |                                   | 430697
4000004850000005 |                                   | 485000
4000004850200001 |                                   | 485020
4000043600220000 |                                   | 4360022
4000043600230009 |                                   | 4360023
4000000030010005 | token-visa-frictionless           | frictionless
4000000030020004 | token-visa-challenge              | challenge
4000000030030003 | token-visa-authentication-failed  | challenge that fails
4000000030040002 | token-visa-completion             | challenge, then completion
4200000000000000 | token-visa-capture-rejected       | capture rejected
4000000040010003 | token-visa-refund-declined        | refund declined
4000000040020002 | token-visa-refund-rejected        | refund rejected later
4000000050100009 | token-visa-chargeback             | chargeback after 10 days
"""

WHAT_CARDS_DO = {
    "authorized": Outcome(),
    "frictionless": Outcome(authentication="frictionless"),
    "challenge": Outcome(authentication="challenge"),
    "challenge that fails": Outcome(authentication="failed"),
    "challenge, then completion": Outcome(authentication="challenge", completes=True),
    "capture rejected": Outcome(capture_fails=True),
    "refund declined": Outcome(refund_declined=True),
    "refund rejected later": Outcome(refund_fails=True),
    "chargeback after 10 days": Outcome(chargeback_after_days=10),
}

# Direct debits: an IBAN, or the number of an American account under any routing number.
ACCOUNTS = """
account                     | what happens
NL08INGB0000000555          | collected
DE46720200700359736690      | collected
FR1420041010050500013M02606 | collected
NL08INGB0001234567          | 420080
DE46720200700359666555      | 420080
FR14200454654649871         | 420080
NL98INGB0000000002          | returned after 2 days
NL95INGB0000000056          | returned after 56 days
999420080                   | 420080
999000002                   | returned after 2 days
999000060                   | returned after 60 days
"""

# The city of the billing address decides for cards, unless skipFraudService is true: the result, and what follows.
CITIES = {"amsterdam": "accepted", "calais": "challenged", "denver": "denied"}
# Nothing public says which error stands beside the status code 160 of a denied payment; this one is the nearest.
DENIED = Outcome(decline_code="430421", decline_message="Not authorised", decline_status=160, fraud="denied")

# In the customer's surname, with a number of days: for a shop whose test cannot choose the account.
CHARGEBACK, RETURN = "CHARGEBACK-", "RETURN-"


def rows(table: str) -> list[list[str]]:
    """The cells of a table, without its heading."""
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]
