"""POST /payments: 201 with the payment, or 402 with a payment that exists as REJECTED."""

from dataclasses import replace

from simulator.client_sessions import customer_input
from simulator.kernel import errors
from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.mandates import collecting
from simulator.payments import bodies, changes, ids, orders, records, timeline
from simulator.payments import statuses as s
from simulator.payments.asked import Asked
from simulator.payments.context import Context
from simulator.payments.records import Criteria, Payment
from simulator.tokens import vault


def create(desk: Desk, call: Call) -> Answer:
    """Check, write, answer."""
    context = Context(merchant_id=call.merchant_id, now=call.at, base_url=call.base_url)
    opened = customer_input.opened(desk, call)
    payment = place(desk, context, orders.parse(desk, context, opened.fields))
    customer_input.spend(desk, call, opened)
    if timeline.state_at(payment, call.at).status == s.REJECTED:
        return answer(402, bodies.declined_body(payment, call.at))
    customer_input.renew(desk, call, opened)
    location = f"{call.base_url}/v1/{call.merchant_id}/payments/{payment.payment_id}"
    return answer(201, bodies.created_body(payment, call.at), headers={"Location": location})


def place(desk: Desk, context: Context, asked: Asked) -> Payment:
    """Write the payment that is asked for. Raises Refusal for a merchantReference that exists."""
    refuse_duplicate(desk, context.merchant_id, asked.money.merchant_reference, asked.hosted_checkout_id)
    number = records.next_number(desk.books)
    payment = Payment(
        number=number,
        payment_id=ids.payment_id(context.merchant_id, number),
        merchant_id=context.merchant_id,
        merchant_reference=asked.money.merchant_reference,
        merchant_order_id=asked.money.merchant_order_id,
        hosted_checkout_id=asked.hosted_checkout_id,
        amount=asked.money.amount,
        currency=asked.money.currency,
        method=asked.method,
        product=asked.product,
        mode=asked.mode,
        captures=asked.captures,
        outcome=asked.outcome,
        created_at=context.now,
        output=asked.output,
        redirect=asked.redirect,
        vault=None if asked.card is None else dict(vars(asked.card)),
        account=None if asked.account is None else dict(vars(asked.account)),
        collect_from=asked.collect_from,
    )
    payment = _with_token(desk, asked, payment)
    if changes.captures_itself(payment, context.now):
        payment = payment.with_steps(changes.capture_step(desk, payment, context.now, payment.amount, place=1))
    records.insert(desk.books, payment)
    collecting.begin(desk, payment, asked.mandate)
    changes.announce(desk, payment)
    return payment


def refuse_duplicate(desk: Desk, merchant_id: str, reference: str | None, checkout_id: str | None = None) -> None:
    """Documented: the reference is unique, 409 is for a duplicate key. The code is in SmashPig's list.

    Attempts of one hosted checkout share its reference.
    """
    if reference is None:
        return
    sought = Criteria(merchant_id=merchant_id, merchant_reference=reference)
    attempts = replace(sought, hosted_checkout_id=checkout_id)
    own = 0 if checkout_id is None else records.count(desk.books, attempts)
    if records.count(desk.books, sought) > own:
        path = "order.references.merchantReference"
        raise errors.refuse(
            409, errors.api_error("300620", "MERCHANTREFERENCE ALREADY EXISTS", 409, property_name=path)
        )


def _with_token(desk: Desk, asked: Asked, payment: Payment) -> Payment:
    """A token is made while paying, unless the payment is declined or sends the customer away first (SDK 2.26.0)."""
    if not asked.tokenize:
        return payment
    if payment.outcome.decline_code or payment.redirect is not None:
        return replace(payment, creation={"tokenizationSucceeded": False})
    token, is_new = vault.keep_of(desk, payment, payment.created_at)
    creation = {"token": token, "isNewToken": is_new, "tokenizationSucceeded": True}
    # The output of an ACH payment has no token (SDK).
    output = payment.output if asked.card is None else {**payment.output, "token": token}
    return replace(payment, creation=creation, output=output)
