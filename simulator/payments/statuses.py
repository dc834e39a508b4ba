"""The words of a payment's, a capture's and a refund's status, and what Connect prints beside each.

Categories from the SDK's OrderStatusOutput. Codes: recorded answers, the vendor's testing pages and its Magento 1
plugin; those that are ours alone are listed in docs/simulator.md. No logic may rest on a code.
"""

from dataclasses import dataclass

from simulator.payments.records import CARD, REDIRECT

CREATED = "CREATED"
REDIRECTED = "REDIRECTED"
PENDING_COMPLETION = "PENDING_COMPLETION"
PENDING_FRAUD_APPROVAL = "PENDING_FRAUD_APPROVAL"
ACCOUNT_VERIFIED = "ACCOUNT_VERIFIED"
PENDING_APPROVAL = "PENDING_APPROVAL"
PENDING_CAPTURE = "PENDING_CAPTURE"
CAPTURE_REQUESTED = "CAPTURE_REQUESTED"
CAPTURED = "CAPTURED"
PAID = "PAID"
REJECTED = "REJECTED"
REJECTED_CAPTURE = "REJECTED_CAPTURE"
CANCELLED = "CANCELLED"
REFUNDED = "REFUNDED"
REVERSED = "REVERSED"
CHARGEBACK_NOTIFICATION = "CHARGEBACK_NOTIFICATION"
CHARGEBACKED = "CHARGEBACKED"
REFUND_REQUESTED = "REFUND_REQUESTED"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What stands beside a status. `authorized` holds for cards; a direct debit is so once it is collected."""

    category: str
    code: int
    authorized: bool = False
    refundable: bool = False


PAYMENT = {
    CREATED: Facts(category="CREATED", code=0),
    REDIRECTED: Facts(category="PENDING_PAYMENT", code=50),
    PENDING_COMPLETION: Facts(category="PENDING_MERCHANT", code=200),
    PENDING_FRAUD_APPROVAL: Facts(category="PENDING_MERCHANT", code=525),
    ACCOUNT_VERIFIED: Facts(category="ACCOUNT_VERIFIED", code=300),
    PENDING_APPROVAL: Facts(category="PENDING_MERCHANT", code=600, authorized=True),
    PENDING_CAPTURE: Facts(category="PENDING_MERCHANT", code=680, authorized=True),
    CAPTURE_REQUESTED: Facts(category="PENDING_CONNECT_OR_3RD_PARTY", code=800, authorized=True),
    CAPTURED: Facts(category="COMPLETED", code=900, authorized=True, refundable=True),
    PAID: Facts(category="COMPLETED", code=1000, authorized=True, refundable=True),
    REJECTED: Facts(category="UNSUCCESSFUL", code=100),
    REJECTED_CAPTURE: Facts(category="UNSUCCESSFUL", code=1100),
    CANCELLED: Facts(category="UNSUCCESSFUL", code=99999),
    REFUNDED: Facts(category="REFUNDED", code=1800, authorized=True),
    REVERSED: Facts(category="REVERSED", code=1510),
    CHARGEBACK_NOTIFICATION: Facts(category="COMPLETED", code=1400, authorized=True, refundable=True),
    CHARGEBACKED: Facts(category="REVERSED", code=1500),
}

REFUND = {
    PENDING_APPROVAL: Facts(category="PENDING_MERCHANT", code=600),
    REFUND_REQUESTED: Facts(category="PENDING_CONNECT_OR_3RD_PARTY", code=800),
    REFUNDED: Facts(category="REFUNDED", code=1800),
    REJECTED: Facts(category="UNSUCCESSFUL", code=1850),
    REJECTED_CAPTURE: Facts(category="UNSUCCESSFUL", code=1100),
    CANCELLED: Facts(category="UNSUCCESSFUL", code=99999),
}

# Before the money came a direct debit is a promise, not an authorization (OroCommerce's recorded answers).
_PROMISED = {PENDING_APPROVAL, PENDING_CAPTURE, CAPTURE_REQUESTED}


def is_authorized(status: str, method: str) -> bool:
    """`isAuthorized` of a payment."""
    return PAYMENT[status].authorized and (method in {CARD, REDIRECT} or status not in _PROMISED)


def status_code(status: str, method: str, rejected_with: int) -> int:
    """`statusCode` of a payment: a redirect product at CAPTURED prints 800, a rejection prints what rejected it."""
    if status == REJECTED:
        return rejected_with
    return 800 if status == CAPTURED and method == REDIRECT else PAYMENT[status].code
