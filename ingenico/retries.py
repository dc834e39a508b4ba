"""May this call be made again when its answer was lost? One row per operation of `ingenico.api`.

Keys: the vendor documents `X-GCS-Idempotence-Key` for create payment (the SDK's own tests) and create refund (its
page), for 24 hours. Whether other calls honour one is not published, so none is relied on. What is read to find out
follows from the status model; a read that shows the state from before the call proves nothing while the first call may
still run, so a quiet period goes before it.

A lost answer is the port's OutcomeUnknown. After Unavailable a POST was provably never sent; the transport may try a
PUT or DELETE twice by itself, so for those two Unavailable proves nothing, and their rows hold for it as well.
"""

from dataclasses import dataclass
from enum import StrEnum


class Repeat(StrEnum):
    """What a repeat does."""

    SAME_KEY = "same_key"
    """The same key and body answer what came of the first: for 24 hours, then it is looked for."""
    HARMLESS = "harmless"
    """It changes nothing, or nothing that the first did not."""
    READ_FIRST = "read_first"
    """It may act twice, or be refused because the first acted: what was asked for is read before."""


@dataclass(frozen=True)
class Rule:
    """How one operation is repeated."""

    repeat: Repeat
    look: str
    """The operation that tells whether it happened, and by what; empty where nothing needs to be told."""


_READ = Rule(Repeat.HARMLESS, "")


def _keyed(look: str) -> Rule:
    return Rule(Repeat.SAME_KEY, look)


def _first(look: str) -> Rule:
    return Rule(Repeat.READ_FIRST, look)


def _again(look: str) -> Rule:
    return Rule(Repeat.HARMLESS, look)


RULES: dict[str, Rule] = {
    "payments.create": _keyed("payments.find by merchantReference, all pages, once the key is dead"),
    "payments.get": _READ,
    "payments.find": _READ,
    "payments.approve": _first("payments.get: CAPTURE_REQUESTED or later with the amount; PENDING_APPROVAL: not yet"),
    "payments.capture": _first("payments.captures: one with our merchantCaptureReference"),
    "payments.captures": _READ,
    "payments.finalize_capture": _first("payments.get: no longer PENDING_CAPTURE"),
    "payments.cancel": _first("payments.get: CANCELLED; what the issuer said is lost with the answer"),
    "payments.cancel_approval": _first("payments.get: PENDING_APPROVAL again"),
    "payments.refund": _keyed("refunds.find by merchantReference, or payments.refunds, once the key is dead"),
    "payments.refunds": _READ,
    "payments.process_challenged": _first("payments.get: no longer PENDING_FRAUD_APPROVAL"),
    "payments.complete": _first("payments.get: no longer PENDING_COMPLETION"),
    "payments.tokenize": _again("the answer: isNewToken false and the token that there is"),
    "payments.third_party_status": _READ,
    "payments.dispute": _first("payments.disputes: one of the amount"),
    "payments.disputes": _READ,
    "captures.get": _READ,
    "captures.refund": _keyed("refunds.find by merchantReference, once the key is dead"),
    "captures.dispute": _first("captures.disputes: one of the amount"),
    "captures.disputes": _READ,
    "refunds.get": _READ,
    "refunds.find": _READ,
    "refunds.approve": _first("refunds.get: REFUND_REQUESTED or later"),
    "refunds.cancel": _first("refunds.get: CANCELLED"),
    "refunds.cancel_approval": _first("refunds.get: PENDING_APPROVAL again"),
    # Encrypted input is used up by the first request, though nothing was learnt of it: the customer enters it again,
    # and a known card answers its token. A bank account's token has nothing to find it by: a second one is left unused.
    "tokens.create": _first("nothing finds it: new input of the customer, or a second token that is deleted"),
    "tokens.get": _READ,
    "tokens.update": _again("tokens.get: what was changed"),
    "tokens.delete": _again("a repeat that is refused with 404 or 410: it is gone"),
    "tokens.approve_sepa_direct_debit": _first("a payment with the token; tokens.get shows no approval"),
    "mandates.create": _first("nothing finds it without a reference of ours: use create_with_reference"),
    "mandates.create_with_reference": _first("mandates.get by the reference"),
    "mandates.get": _READ,
    "mandates.block": _first("mandates.get: BLOCKED"),
    "mandates.unblock": _first("mandates.get: no longer BLOCKED"),
    "mandates.revoke": _first("mandates.get: REVOKED"),
    # A second checkout is another chance to pay: the first is not shown to anybody, but a payment of it is looked for.
    "hosted_checkouts.create": _first("payments.find by merchantReference: none may exist; then a new one"),
    "hosted_checkouts.get": _READ,
    "hosted_checkouts.delete": _again("hosted_checkouts.get, or 404: it is gone"),
    "sessions.create": _again("an unused session ends by itself after two hours"),
    "services.test_connection": _READ,
    "services.iin_details": _READ,
    "services.convert_amount": _READ,
    "disputes.get": _READ,
    "disputes.submit": _first("disputes.get: no longer a draft"),
    "disputes.cancel": _first("disputes.get: cancelled"),
    "dispute_files.upload": _first("disputes.get: disputeOutput.files names it"),
}
