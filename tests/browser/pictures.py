"""The pictures of docs/simulator.md, taken anew: `python -m tests.browser.pictures`."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.conftest import DESK, PHONE, Shop, challenged, checkout, chromium, open_shop
from tests.simulator.conftest import Merchant, running

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def take(browser: Browser, merchant: Merchant, shop: Shop) -> None:
    """Each page on a desk and on a phone; the choice also in the dark."""
    for suffix, size in (("", DESK), ("-phone", PHONE)):
        tab = browser.new_context(viewport=size, device_scale_factor=2).new_page()
        tab.goto(challenged(merchant, shop)[1])
        tab.screenshot(path=PICTURES / f"simulator-challenge{suffix}.png")
        tab.goto(checkout(merchant, shop, tokens="token-visa-approved")[1])
        tab.screenshot(path=PICTURES / f"simulator-checkout{suffix}.png")
        tab.get_by_role("link", name="Card Visa").click()
        tab.screenshot(path=PICTURES / f"simulator-card{suffix}.png")


if __name__ == "__main__":
    with chromium() as opened, open_shop() as shop_, running() as merchant_:
        take(opened, merchant_, shop_)
