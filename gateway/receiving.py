"""Whose event a delivery is: the key that signed, the body's merchant and one of our accounts must agree."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingenico.webhooks import (
    Headers,
    KeyRing,
    NotSigned,
    UnknownKey,
    Unreadable,
    WebhookEvent,
    WrongSignature,
    parse,
    verify,
)
from ledger.inbox import Arrival

# What is kept of an event travels through databases, histories and logs: names alone, of one line.
_NAME = re.compile(r"[!-~]{1,128}")
# A merchant reference may hold spaces; Connect's longest are 40 characters.
_REFERENCE = re.compile(r"[ -~]{1,64}")


class WrongMerchant(Exception):
    """Signed by a key of one account, and about another's merchant id."""


@dataclass(frozen=True)
class WebhookAccount:
    """What one of our merchant accounts receives by: its id at Connect, and its keys while they change."""

    merchant_id: str
    keys: KeyRing


@dataclass(frozen=True)
class Received:
    """A proven event, and for which of our accounts."""

    account: str
    event: WebhookEvent


def receive(body: bytes, headers: Headers, accounts: Mapping[str, WebhookAccount]) -> Received:
    """Return the event and whose it is. Raises WebhookRefused's kinds, and WrongMerchant.

    Keys of several accounts may share an id: each is tried, and the merchant id in the body decides.
    """
    given = tuple(headers)
    signed: list[str] = []
    refused: NotSigned | UnknownKey | WrongSignature = UnknownKey("no webhook keys are set up here")
    for name, account in accounts.items():
        try:
            verify(body, given, account.keys)
        except WrongSignature as wrong:
            refused = wrong
        except (NotSigned, UnknownKey) as unknown:
            refused = refused if isinstance(refused, WrongSignature) else unknown
        else:
            signed.append(name)
    if not signed:
        raise refused
    event = parse(body)
    of_merchant = [name for name in signed if accounts[name].merchant_id == event.merchant_id]
    if not of_merchant:
        raise WrongMerchant("the key that signed is not of the merchant that the body names")
    return Received(of_merchant[0], event)


def arrival_of(received: Received) -> Arrival:
    """Return what is kept of an event. Raises Unreadable for a name that cannot be one."""
    event = received.event
    if not _NAME.fullmatch(event.id) or not _NAME.fullmatch(event.type):
        raise Unreadable("the event's id and type are one word of at most 128 printable characters each")
    return Arrival(
        account=received.account,
        event_id=event.id,
        type=event.type,
        kind=event.kind,
        object_id=_if(_NAME, event.object_id),
        payment_id=_if(_NAME, event.payment_id),
        merchant_reference=_if(_REFERENCE, event.merchant_reference),
        created=_if(_REFERENCE, event.created),
    )


def _if(form: re.Pattern[str], name: str | None) -> str | None:
    return name if name is not None and form.fullmatch(name) else None
