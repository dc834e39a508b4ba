"""Commands about a payment that waits for somebody: decide a fraud review, say that a customer is back."""

from functools import partial
from typing import Annotated

import typer
from temporalio.client import Client

from cli.asking import OrderArgument, PatienceOption, ReasonOption, RequestOption, Shop, ask, check, client_of, key_of
from cli.exits import OF_AUTHORIZATION, Exit
from cli.output import AsJson, print_authorization, print_json
from cli.running import run
from payments.commands import Review, ReviewDecision
from starter import PaymentClient
from workflows.contract import ReturnAsk


def review(
    decision: Annotated[ReviewDecision, typer.Argument(help="Accept the payment, or refuse it, which voids it.")],
    order: OrderArgument,
    request_id: RequestOption,
    reason: ReasonOption = None,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Decide the fraud review of an order's payment."""
    key = key_of(shop, order, as_json=as_json)
    check(Review, {"request_id": request_id, "decision": decision, "reason": reason}, as_json=as_json)

    call = partial(PaymentClient.review, key=key, request_id=request_id, decision=decision, reason=reason)
    ask(call, as_json=as_json, patience_seconds=patience)


def returned(
    order: OrderArgument,
    return_mac: Annotated[str, typer.Option("--return-mac", help="RETURNMAC of the address they came back to.")],
    shop: Shop = "main",
    patience: PatienceOption = 5.0,
    as_json: AsJson = False,
) -> None:
    """Say that a customer is back from the issuer's page, and ask how the authorization stands."""
    key = key_of(shop, order, as_json=as_json)
    check(ReturnAsk, {"return_mac": return_mac}, as_json=as_json)

    async def work(client: Client) -> Exit:
        answer = await client_of(client).customer_returned(key, return_mac, patience_seconds=patience)
        print_json(answer) if as_json else print_authorization(answer)
        return OF_AUTHORIZATION[answer.result]

    run(work, as_json=as_json, patience_seconds=patience)
