"""redirectPaymentMethodSpecificInput: the customer pays on a bank's own page (iDEAL 809 and its like)."""

import uuid

from simulator.front.reader import Reader
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.payments import records, triggers
from simulator.payments.asked import Asked, Money
from simulator.payments.context import Context

INPUT = "redirectPaymentMethodSpecificInput"
PRODUCTS = {809: "iDEAL", 836: "Sofort", 840: "PayPal", 843: "Skrill"}


def read(desk: Desk, reader: Reader, context: Context, money: Money | None) -> Asked | None:
    """Read the block; None, with what is wrong noted, when it cannot be carried out."""
    product = reader.integer(f"{INPUT}.paymentProductId", 1, 99_999, required=True)
    if product is not None and product not in PRODUCTS:
        reader.wrong(f"{INPUT}.paymentProductId", f"ONLY {sorted(PRODUCTS)} ARE SET UP FOR THIS ACCOUNT")
        return None
    deprecated = reader.return_url(f"{INPUT}.returnUrl")
    return_url = reader.return_url(f"{INPUT}.redirectionData.returnUrl") or deprecated
    if return_url is None and not reader.errors:
        reader.missing(f"{INPUT}.redirectionData.returnUrl")
    if money is None or return_url is None or product is None:
        return None
    if money.amount == 0:
        reader.wrong("order.amountOfMoney.amount", "A PAYMENT OF NOTHING NEEDS NO BANK")
        return None
    facts = triggers.Facts(
        amount=money.amount, currency=money.currency, country=money.country, city=money.city, name=money.name
    )
    return Asked(
        money=money,
        method=records.REDIRECT,
        product=product,
        captures=records.AT_ONCE,
        outcome=triggers.of_redirect(facts),
        output={},
        redirect={
            "kind": "bank",
            "return_url": return_url,
            "returnmac": str(uuid.uuid4()),
            "page": f"{context.base_url}/pages/bank",
            "expires_at": context.now + microseconds(desk.settings.redirect_seconds),
        },
    )
