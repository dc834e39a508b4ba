"""What a send or a look changes in an intent's row: stamps and the lease. No SQL."""

from datetime import datetime, timedelta
from typing import Any

from payments.operations import Intent
from payments.records import Amendment, Sender

_TICK = timedelta(microseconds=1)


def after_send(stored: Intent, sender: Sender, now: datetime) -> dict[str, Any]:
    """Return the stamps of a repetition and its sender's lease.

    Two sends never share a stamp, however the clock stands: that first and last are equal says that there was one.
    A look that found nothing before this send says nothing about it, so it is forgotten.
    """
    last = now if stored.last_sent_at is None else max(now, stored.last_sent_at + _TICK)
    return {
        "first_sent_at": stored.first_sent_at or last,
        "last_sent_at": last,
        "first_absent_at": None,
        "lease_owner": sender.owner,
        "lease_until": sender.lease_until,
    }


def after_amendment(stored: Intent, held: Intent, amendment: Amendment, now: datetime) -> dict[str, Any]:
    """Return what changes by what the holder of `held` learned; only differences, so none may be left.

    A lease that another sender took since is not the holder's to give back, and a send that followed the holder's
    own is not the one it takes back.
    """
    changes: dict[str, Any] = {}
    if (stored.lease_owner, stored.lease_until) == (held.lease_owner, held.lease_until):
        changes |= {"lease_owner": None, "lease_until": None}
    if amendment.nothing_was_sent and stored.first_sent_at == stored.last_sent_at == held.last_sent_at:
        changes |= {"first_sent_at": None, "last_sent_at": None}
    if amendment.key_is_dead:
        changes["key_dead_at"] = stored.key_dead_at or now
    if amendment.absent_once:
        changes["first_absent_at"] = stored.first_absent_at or now
    return {name: value for name, value in changes.items() if getattr(stored, name) != value}
