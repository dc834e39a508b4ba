"""The provider's payment products: their numbers and what people call them."""

# Numbers and names as Connect's product overview has them. A number that is not here is shown without a name.
NAMES = {
    1: "Visa",
    2: "American Express",
    3: "Mastercard",
    56: "UnionPay",
    111: "Visa Debit",
    114: "Visa Debit",
    117: "Maestro",
    119: "Mastercard Debit",
    122: "Visa Electron",
    125: "JCB",
    128: "Discover",
    130: "Carte Bancaire",
    132: "Diners Club",
    302: "Apple Pay",
    320: "Google Pay",
    730: "ACH",
    770: "SEPA Direct Debit",
    771: "SEPA Direct Debit",
    809: "iDEAL",
    836: "Sofort",
    840: "PayPal",
    843: "Skrill",
}

DIRECT_DEBITS = (730, 770, 771)
"""They hold nothing: what is paid by them is known days later."""
