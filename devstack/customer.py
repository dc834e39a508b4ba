"""A customer at the issuer's page: in a real headless browser where one is installed, else as its form is sent."""

import shutil
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx

# What the simulator's issuer takes for the right code.
CODE = "1234"
SHOP = "https://shop.example/thanks"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_PAGE_MILLISECONDS = 15_000.0


class NotThrough(Exception):
    """The page did not lead back to the shop."""


async def go_through(url: str, *, code: str = CODE) -> tuple[str, str]:
    """Enter the code at the page, and return what the customer brings back and how they went there."""
    browser = _browser()
    if browser is not None:
        return return_mac_of(await browser(url, code)), "in a real browser"
    return return_mac_of(await by_form(url, {"code": code, "decision": "confirm"})), "by the page's form"


async def cancel(url: str) -> str:
    """Say no at the page, and return what the customer brings back."""
    return return_mac_of(await by_form(url, {"code": "", "decision": "cancel"}))


def return_mac_of(address: str) -> str:
    """Return RETURNMAC of the address that a customer came back to."""
    found = parse_qs(urlsplit(address).query).get("RETURNMAC", [])
    if not found:
        raise NotThrough(f"the customer came back to {address.partition('?')[0]} without a RETURNMAC")
    return found[0]


async def by_form(url: str, fields: dict[str, str]) -> str:
    """Send the page's form, and return the address where it leads. Raises NotThrough when it leads nowhere."""
    async with httpx.AsyncClient(timeout=10.0) as http:
        (await http.get(url)).raise_for_status()
        answer = await http.post(url, data=fields)
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise NotThrough(f"the page answered {answer.status_code} where it should lead back to the shop")
    return answer.headers["location"]


async def pay_on_page(url: str, card: dict[str, str]) -> str:
    """Type a card on a hosted page that offers nothing else, and return what the customer brings back to the shop."""
    address = urlsplit(url)
    # Every name under localhost is this machine, which resolvers do not all know.
    local = address._replace(netloc=f"127.0.0.1:{address.port}")
    async with httpx.AsyncClient(timeout=10.0) as http:
        (await http.get(urlunsplit(local))).raise_for_status()
        pay = local._replace(path=f"{local.path}/pay", query=f"{local.query}&how=card")
        answer = await http.post(urlunsplit(pay), data=card)
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise NotThrough(f"the page answered {answer.status_code} where it should lead back to the shop")
    return return_mac_of(answer.headers["location"])


def _browser() -> Callable[[str, str], Awaitable[str]] | None:
    """Return how to go through with a browser; None without one, or without the library that drives it."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    try:
        # A test's library, which a plain install is without.
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415
    except ImportError:
        return None
    if found is None:
        return None

    async def go(url: str, code: str) -> str:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
            try:
                page = await browser.new_page()
                # The shop is nobody's: its page is answered here.
                await page.route(f"{SHOP}**", lambda route: route.fulfill(body="Thank you"))
                await page.goto(url, timeout=_PAGE_MILLISECONDS)
                await page.get_by_label("One-time code").fill(code, timeout=_PAGE_MILLISECONDS)
                await page.get_by_role("button", name="Confirm").click()
                await page.wait_for_url(f"{SHOP}**", timeout=_PAGE_MILLISECONDS)
                return str(page.url)
            except Error as error:
                raise NotThrough(f"the page did not lead back to the shop: {error.message}") from error
            finally:
                await browser.close()

    return go
