"""The platform's ids: a payment has 30 digits: merchant 10, order 10, effort 5, attempt 5 (vendor's Magento 1 plugin).

A capture counts the attempts, a refund has a negative effort (recorded: `00000022184000047564000-100001`), so both tell
to which payment they belong.
"""

_FIRST_ORDER = 1_000_000_000


def payment_id(merchant_id: str, number: int) -> str:
    """The id of a merchant's payment with this number of the simulator's."""
    return f"{merchant_id:0>10}{_FIRST_ORDER + number}0000100001"


def capture_id(payment: str, place: int) -> str:
    """The id of a payment's capture, counted from 1; the first capture's is the payment's own."""
    return f"{payment[:25]}{place:05d}"


def refund_id(payment: str, place: int) -> str:
    """The id of a payment's refund, counted from 1."""
    return f"{payment[:20]}{f'-{place}':0>5}00001"


def payment_of(any_id: str) -> str:
    """The payment that a payment's, a capture's or a refund's id belongs to."""
    return f"{any_id[:20]}0000100001"


def capture_place(capture: str) -> int:
    """Which capture an id means, 0 for none."""
    return int(capture[25:]) if len(capture) == 30 and capture.isascii() and capture.isdigit() else 0


def refund_place(refund: str) -> int:
    """Which refund an id means, 0 for none."""
    effort = refund[20:25].lstrip("0")
    whole = len(refund) == 30 and refund.endswith("00001") and effort.startswith("-")
    return int(effort[1:]) if whole and effort[1:].isascii() and effort[1:].isdigit() else 0
