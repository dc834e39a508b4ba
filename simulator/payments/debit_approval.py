"""What an approve may still change of a direct debit: the day of its collection, and the account by another token."""

from dataclasses import replace

from simulator.front.reader import Reader
from simulator.kernel.desk import Desk
from simulator.payments import debit_input, triggers
from simulator.payments import records as r
from simulator.payments.context import Context
from simulator.payments.debit_input import DIRECT, SEPA
from simulator.payments.records import Payment

_BLOCKS = {r.DIRECT_DEBIT: DIRECT, r.SEPA: SEPA}


def read(desk: Desk, reader: Reader, payment: Payment, now: int) -> Payment:
    """The payment as it is to be collected; what is wrong is noted."""
    own = _BLOCKS.get(payment.method)
    for name in (DIRECT, SEPA):
        if name != own and reader.value(name) is not None:
            reader.wrong(name, "THE PAYMENT WAS MADE BY ANOTHER METHOD")
    if own is None or reader.value(own) is None:
        return payment
    collect_from = debit_input.read_collection(reader, own, now)
    if collect_from is not None:
        payment = replace(payment, collect_from=collect_from)
    if reader.value(f"{own}.token") is None:
        return payment
    context = Context(merchant_id=payment.merchant_id, now=now, base_url="")
    account = debit_input.account_of_token(desk, reader, context, f"{own}.token", payment.product)
    if account is None:
        return payment
    outcome = triggers.of_debit(account.known, triggers.Facts(amount=payment.amount, currency=payment.currency))
    fails = outcome.capture_fails or bool(outcome.decline_code)
    return replace(payment, outcome=replace(outcome, capture_fails=fails))
