"""Commands about an order that goes on otherwise: paid in another way after a decline, or edited."""

from typing import Annotated

import typer
from temporalio.client import Client

from cli.asking import OrderArgument, PatienceOption, RequestOption, Shop, amount_of, check, client_of, key_of
from cli.exits import OF_AUTHORIZATION, OF_COMMAND, Exit
from cli.output import AsJson, print_authorization, print_command, print_json, print_refusals
from cli.payments import instruction_of, order_of
from cli.running import run
from payments.commands import ChangeOrder, Retry
from payments.methods import PaymentAction
from payments.view import AuthorizationResult


def retry(
    file: Annotated[str, typer.Argument(help="The order as it was started; - reads standard input.")],
    request_id: RequestOption,
    token: Annotated[str | None, typer.Option(help="The other card's token at Ingenico.")] = None,
    action: Annotated[
        PaymentAction | None, typer.Option(help="What the issuer is asked for.", show_default="pre_authorization")
    ] = None,
    account: Annotated[str | None, typer.Option(help="The merchant account.", show_default="main")] = None,
    shop: Shop = "main",
    patience: PatienceOption = 5.0,
    as_json: AsJson = False,
) -> None:
    """Pay an order in another way after a decline, while its time for that lasts."""
    order, said = order_of(file, shop, as_json=as_json)
    options: dict[str, object] = {"token": token, "action": action, "account": account}
    instruction = instruction_of(said, options, as_json=as_json)
    check(Retry, {"request_id": request_id, "payment": instruction}, as_json=as_json)

    async def work(client: Client) -> Exit:
        payments = client_of(client)
        answer = await payments.retry(order, instruction, request_id=request_id, patience_seconds=patience)
        print_json(answer) if as_json else print_authorization(answer)
        if answer.result is AuthorizationResult.REFUSED and not as_json:
            print_refusals(answer.refusals, as_json=False)
        return OF_AUTHORIZATION[answer.result]

    run(work, as_json=as_json, patience_seconds=patience)


def change(
    order: OrderArgument,
    request_id: RequestOption,
    total: Annotated[str, typer.Option(help="What the whole order owes now, such as '239.79 USD'.")],
    token: Annotated[str | None, typer.Option(help="The card for the difference; without it the order's own.")] = None,
    file: Annotated[str | None, typer.Option(help="The order as it is now, for a payment that forgot it.")] = None,
    shop: Shop = "main",
    patience: PatienceOption = 5.0,
    as_json: AsJson = False,
) -> None:
    """Say that an order was edited: what it owes now is what may be captured."""
    key, money = key_of(shop, order, as_json=as_json), amount_of(total, as_json=as_json)
    edited = None if file is None else order_of(file, shop, as_json=as_json)[0]
    named = None if token is None else instruction_of(None, {"token": token}, as_json=as_json)
    asked = check(
        ChangeOrder,
        {"request_id": request_id, "total": money, "payment": named, "order": edited},
        as_json=as_json,
    )

    async def work(client: Client) -> Exit:
        answer = await client_of(client).change(
            key, asked.total, request_id=request_id, payment=named, order=edited, patience_seconds=patience
        )
        print_json(answer) if as_json else print_command(answer)
        return OF_COMMAND[answer.result]

    run(work, as_json=as_json, patience_seconds=patience)
