"""The search attributes of a payment: the only list. Nothing personal stands in them, since no codec covers them."""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from payments.methods import PaymentInstruction
from payments.order import Order
from payments.payment import Payment
from payments.references import customer_pseudonym
from payments.states import PaymentState

Value = str | list[str] | datetime | bool

PAYMENT_STATE = SearchAttributeKey.for_keyword("PaymentState")
CUSTOMER_ID = SearchAttributeKey.for_keyword("CustomerId")
PAYMENT_METHOD = SearchAttributeKey.for_keyword("PaymentMethod")
CURRENCY = SearchAttributeKey.for_keyword("Currency")
MERCHANT_REFERENCE = SearchAttributeKey.for_keyword_list("MerchantReference")
AUTHORIZATION_EXPIRES_AT = SearchAttributeKey.for_datetime("AuthorizationExpiresAt")
NEEDS_ATTENTION = SearchAttributeKey.for_bool("NeedsAttention")

# Name and type, as a Temporal namespace registers them.
ALL: dict[str, str] = {
    "PaymentState": "Keyword",
    "CustomerId": "Keyword",
    "PaymentMethod": "Keyword",
    "Currency": "Keyword",
    "MerchantReference": "KeywordList",
    "AuthorizationExpiresAt": "Datetime",
    "NeedsAttention": "Bool",
}


def at_start(order: Order, instruction: PaymentInstruction) -> TypedSearchAttributes:
    """Return what is known before anything happens; set with the start, these cost no event."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(PAYMENT_STATE, PaymentState.OPENING.value),
            SearchAttributePair(CUSTOMER_ID, customer_pseudonym(order.shop, order.customer.customer_id)),
            SearchAttributePair(PAYMENT_METHOD, instruction.method),
            SearchAttributePair(CURRENCY, order.total.currency),
            SearchAttributePair(NEEDS_ATTENTION, False),  # noqa: FBT003 (the attribute's value)
        ]
    )


def of_payment(payment: Payment) -> dict[SearchAttributeKey[Any], Value]:
    """Return what the payment's own state says; what is absent is left as it is."""
    values: dict[SearchAttributeKey[Any], Value] = {
        PAYMENT_STATE: payment.state.value,
        NEEDS_ATTENTION: bool(payment.attention) or payment.warning is not None,
    }
    if payment.opened is not None:
        values[CURRENCY] = payment.opened.owed.currency
    if payment.references:
        values[MERCHANT_REFERENCE] = list(payment.references)
    if payment.expires_at is not None:
        # It stays when nothing waits any more: an SDK cannot read a Datetime that was unset. Search with PaymentState.
        values[AUTHORIZATION_EXPIRES_AT] = payment.expires_at
    return values
