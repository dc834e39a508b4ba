"""What the page shows, as plain values: the latest lines of each table, narrowed by the reference's beginning."""

from dataclasses import dataclass
from decimal import Decimal

from simulator import api
from simulator.front import faults, request_log
from simulator.front.reader import WHOLE_CURRENCIES
from simulator.kernel.calls import Json
from simulator.kernel.clock import moment
from simulator.kernel.desk import Desk
from simulator.kernel.merchants import KIND as ACCOUNT
from simulator.payments import ids, records, timeline
from simulator.payments.records import Criteria, Payment
from simulator.webhooks import deliveries
from simulator.webhooks import faults as event_faults

SHOWN = 50
# How a status is coloured: the categories of Connect, for payments and refunds alike.
_GOOD = {"CAPTURED", "PAID", "REFUNDED", "ACCOUNT_VERIFIED"}
_BAD = {"REJECTED", "REJECTED_CAPTURE", "CANCELLED", "REVERSED", "CHARGEBACKED", "CHARGEBACK_NOTIFICATION"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the person asked to see."""

    prefix: str = ""
    refresh: bool = False


def page(desk: Desk, asked: Asked) -> Json:
    """All values of the page."""
    now, prefix = desk.clock.now(), asked.prefix or None
    criteria = Criteria(reference_prefix=prefix)
    total = records.count(desk.books, criteria)
    found = records.search(desk.books, criteria, limit=SHOWN, offset=max(0, total - SHOWN))
    found.reverse()
    return {
        "asked": asked,
        "shown": SHOWN,
        "now": time(now),
        "speed": f"{desk.settings.speed:g}",
        "merchants": desk.merchants.all(),
        "operations": len(api.OPERATIONS),
        "payments": [_payment(payment, now) for payment in found],
        "payment_total": total,
        "life": _life(found[0], now) if total == 1 else None,
        "refunds": _refunds(desk, prefix, now),
        "others": _others(desk),
        "events": list(reversed(deliveries.listing(desk.books, prefix=prefix, latest=SHOWN))),
        "event_counts": deliveries.counts(desk.books),
        "requests": list(reversed(request_log.listing(desk.books, reference_prefix=prefix, latest=SHOWN))),
        "faults": [_fault(waiting, "operation") for waiting in faults.QUEUE.pending(desk.books)],
        "event_faults": [_fault(waiting, "type") for waiting in event_faults.QUEUE.pending(desk.books)],
    }


def _payment(payment: Payment, now: int) -> Json:
    life = timeline.unfold(payment, now)
    totals = life.totals
    sums = {"authorized": totals.authorized, "captured": totals.captured, "refunded": totals.refunded}
    return {
        "reference": payment.merchant_reference,
        "id": payment.payment_id,
        "merchant": payment.merchant_id,
        "method": payment.method,
        "status": life.status,
        "tone": tone(life.status),
        "created": time(payment.created_at),
        "amount": money(payment.amount, payment.currency),
        **{name: money(amount, payment.currency) if amount else "" for name, amount in sums.items()},
        "released": money(totals.voided, payment.currency) if totals.voided else "",
        "lost": _lost(payment, totals.reversed + totals.charged_back - totals.won_back),
    }


def _lost(payment: Payment, amount: int) -> str:
    return money(amount, payment.currency) if amount else ""


def _life(payment: Payment, now: int) -> Json:
    """Every change of the one payment that is looked at, those still to come as well."""
    moments = timeline.unfold(payment).moments
    return {
        "reference": payment.merchant_reference or payment.payment_id,
        "moments": [
            {"at": time(each.at), "status": each.status, "tone": tone(each.status), "to_come": each.at > now}
            for each in moments
        ],
    }


def _refunds(desk: Desk, prefix: str | None, now: int) -> list[Json]:
    rows = desk.books.rows(
        "SELECT refund_id, payment_id, payments.merchant_reference FROM refunds JOIN payments USING (payment_id)"
        " WHERE ?1 IS NULL OR instr(payments.merchant_reference, ?1) = 1 ORDER BY refunds.number DESC LIMIT ?2",
        prefix,
        SHOWN,
    )
    found = []
    for row in rows:
        payment = records.load(desk.books, None, row["payment_id"])
        assert payment is not None
        part = timeline.unfold(payment, now).refunds[ids.refund_place(row["refund_id"])]
        found.append(
            {
                "reference": row["merchant_reference"],
                "id": row["refund_id"],
                "status": part.status,
                "tone": tone(part.status),
                "amount": money(part.amount, payment.currency),
                "created": time(part.created_at),
            }
        )
    return found


def _others(desk: Desk) -> list[Json]:
    """What else is kept, by kind."""
    rows = desk.books.rows("SELECT kind, count(*) AS many FROM documents WHERE kind != ? GROUP BY kind", ACCOUNT)
    return [{"kind": row["kind"], "many": row["many"]} for row in rows]


def _fault(waiting: Json, subject: str) -> Json:
    """An order in words: what it is about, what is left of it, and its other settings."""
    told = {"number", "remaining", "count", "fault", subject, "merchant_reference_prefix"}
    return {
        "number": waiting["number"],
        "fault": waiting["fault"],
        "about": waiting.get(subject) or "any",
        "prefix": waiting.get("merchant_reference_prefix") or "",
        "remaining": waiting["remaining"],
        "settings": ", ".join(f"{name} {value}" for name, value in waiting.items() if name not in told),
    }


def tone(status: str) -> str:
    """good, bad, or open for what is still under way."""
    return "good" if status in _GOOD else "bad" if status in _BAD else "open"


def money(amount: int, currency: str) -> str:
    """An amount of two implied decimals."""
    decimals = 0 if currency in WHOLE_CURRENCIES else 2
    return f"{Decimal(amount) / 100:,.{decimals}f} {currency}"


def time(at: int) -> str:
    """A time to the second, in UTC."""
    return f"{moment(at):%Y-%m-%d %H:%M:%S}"
