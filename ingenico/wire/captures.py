"""Captures of a payment that takes one or more of them.

Sources: `capture_payment_request.py`, `capture_payment_order.py`, `capture.py`, `capture_output.py`,
`captures_response.py`.
"""

from typing import Annotated

from pydantic import Field

from ingenico.wire.base import Cents, Flag, MerchantReference, Received, Sent
from ingenico.wire.money import ReceivedAmount
from ingenico.wire.payments import PaymentReferences
from ingenico.wire.status_output import CaptureStatusOutput


class CaptureReferences(Sent):
    """By what the capture is found again."""

    merchant_capture_reference: MerchantReference
    """Your unique reference of the capture that is also returned in our report files."""


class CaptureOrder(Sent):
    """What is said of the order at a capture."""

    references: CaptureReferences


class CapturePaymentRequest(Sent):
    """`POST /payments/{id}/capture`: one of a payment's captures.

    "The amount can be lower than the amount that was authorized, but not higher. If left empty, the full amount will be
    captured and the request will be final": so amount and finality are always said.
    """

    amount: Annotated[Cents, Field(gt=0)]
    """By the SDK: "On the GlobalCollect Payment Platform value must be greater than zero"."""
    is_final: Flag
    """Whether this will be the final capture of this transaction. "If the full amount is captured, the request will
    also be final"."""
    order: CaptureOrder | None = None


class CaptureOutput(Received):
    """What was captured, and what came of it."""

    amount_of_money: ReceivedAmount | None = None
    references: PaymentReferences | None = None
    payment_method: str | None = None
    amount_paid: int | None = None
    amount_reversed: int | None = None
    reversal_reason: str | None = None


class Capture(Received):
    """A capture."""

    id: Annotated[str, Field(min_length=1)]
    status: Annotated[str, Field(min_length=1)]
    """One of `CaptureStatus`, or a word of a later version."""
    capture_output: CaptureOutput | None = None
    status_output: CaptureStatusOutput | None = None


class CapturesAnswer(Received):
    """All captures of a payment; a payment with a single approve may list none (no recording shows it)."""

    captures: tuple[Capture, ...] | None = None
