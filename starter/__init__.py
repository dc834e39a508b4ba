"""How an order service or a fulfilment system talks to a payment. It asks, and holds no rules."""

from starter.client import PaymentClient
from starter.errors import NoAnswer, PaymentError

__all__ = ["NoAnswer", "PaymentClient", "PaymentError"]
