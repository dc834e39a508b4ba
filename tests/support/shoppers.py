"""A customer on the simulator's hosted pages, without a browser."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from payments.hosted_checkout import HostedCheckout
from payments.methods import PaymentInstruction
from tests.simulator.customers import Customer

BACK = "https://shop.example/thanks"
CARD = {"number": "4567 3500 0042 7977", "expiry": "12/49", "cvv": "123", "name": "A. Customer"}
DECLINED = {**CARD, "number": "5424180279791732"}


def on_a_page(**more: object) -> PaymentInstruction:
    """Return an instruction to pay on a page; what is the page's own goes to it."""
    pages = {name: more.pop(name) for name in ("restrict_to", "exclude", "show_result_page") if name in more}
    return PaymentInstruction(hosted_checkout=HostedCheckout(return_url=BACK, **pages), **more)


async def shop(url: str, do: Callable[[Customer], object]) -> dict[str, str] | None:
    """Have a customer do something on a page, and return with what they came back to the shop, if they did."""

    def visit() -> dict[str, str] | None:
        with closing(Customer()) as customer:
            # Browsers find every name under localhost on this machine; httpx asks a resolver.
            customer.open(f"http://127.0.0.1:{urlsplit(url).port}{urlsplit(url).path}?{urlsplit(url).query}")
            do(customer)
            return customer.arrived

    return await asyncio.to_thread(visit)


def pays_by_card(**card: str) -> Callable[[Customer], object]:
    """Type a card and pay."""

    def do(customer: Customer) -> None:
        if "Card" in customer.page.links:
            customer.follow("Card")
        button = next(text for form in customer.page.forms for text, *_ in form.buttons if text.startswith("Pay "))
        customer.press(button, **{**CARD, **card})

    return do
