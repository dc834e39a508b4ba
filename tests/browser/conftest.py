"""A headless Chromium, a simulator on this machine, and a shop that customers come back to."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.simulator.conftest import Merchant, order_body, running

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


class Shop:
    """Remembers with which query its customers came back."""

    def __init__(self, port: int) -> None:
        self.url = f"http://shop.localhost:{port}/thanks?cart=7"
        self.visits: list[dict[str, str]] = []


@contextmanager
def open_shop() -> Iterator[Shop]:
    """A page of a shop on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/thanks":
                shop.visits.append(dict(parse_qsl(parts.query)))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b'<!doctype html><html lang="en"><title>Shop</title><h1>Thank you</h1>')

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop = Shop(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium. Raises LookupError when there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        raise LookupError(f"no browser: install one of {', '.join(NAMES)} (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def challenged(merchant: Merchant, shop: Shop, **changes) -> tuple[str, str]:
    """The id of a payment whose cardholder is asked, and where."""
    secure = {"redirectionData": {"returnUrl": shop.url}}
    given = {"token": "token-visa-challenge", "threeDSecure": secure, **changes}
    answered = merchant.create(order_body(**given))
    assert answered.status_code == 201, answered.text
    created = answered.json()
    return created["payment"]["id"], created["merchantAction"]["redirectData"]["redirectURL"]


def checkout(merchant: Merchant, shop: Shop, *, blocks: dict | None = None, **settings) -> tuple[str, str]:
    """The id of a hosted checkout, and where its customer is sent: the documented way, by the `payment` name."""
    body = {
        "order": order_body()["order"],
        "hostedCheckoutSpecificInput": {"returnUrl": shop.url, **settings},
        **(blocks or {}),
    }
    answered = merchant.send("POST", "/v1/1234/hostedcheckouts", body)
    assert answered.status_code == 200, answered.text
    created = answered.json()
    return created["hostedCheckoutId"], f"http://payment.{created['partialRedirectUrl']}"


def signature(merchant: Merchant, shop: Shop) -> str:
    """Where a customer signs a mandate."""
    body = {
        "customer": {
            "bankAccountIban": {"accountHolderName": "Anna de Vries", "iban": "NL08INGB0000000555"},
            "mandateAddress": {"countryCode": "NL"},
            "personalInformation": {"name": {"firstName": "Anna", "surname": "de Vries"}},
        },
        "customerReference": "customer-7",
        "recurrenceType": "RECURRING",
        "returnUrl": shop.url,
        "signatureType": "SMS",
    }
    answered = merchant.send("POST", "/v1/1234/mandates", body)
    assert answered.status_code == 201, answered.text
    return answered.json()["merchantAction"]["redirectData"]["redirectURL"]


def mandate(merchant: Merchant, shop: Shop) -> str:
    """Where a customer gives a mandate."""
    info = {"customerReference": "customer-7", "recurrenceType": "UNIQUE", "signatureType": "UNSIGNED"}
    body = {"createMandateInfo": info, "hostedMandateManagementSpecificInput": {"returnUrl": shop.url}}
    answered = merchant.send("POST", "/v1/1234/hostedmandatemanagements", body)
    assert answered.status_code == 201, answered.text
    return f"http://payment.{answered.json()['partialRedirectUrl']}"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Merchant]:
    with running(capture_delay_seconds=60, collect_delay_seconds=60) as merchant:
        yield merchant


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's tests; without it they are skipped, but not where everything must run.

    Not for the session: while it is open its own event loop counts as running, and no other test could run one.
    """
    try:
        with chromium() as opened:
            yield opened
    except LookupError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page at each of the two widths, without JavaScript: nothing here may need it."""
    context: BrowserContext = browser.new_context(viewport=request.param, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def send_to_challenge(simulator: Merchant, shop: Shop) -> Callable[..., tuple[str, str]]:
    return lambda **changes: challenged(simulator, shop, **changes)


@pytest.fixture
def send_to_checkout(simulator: Merchant, shop: Shop) -> Callable[..., tuple[str, str]]:
    return lambda **settings: checkout(simulator, shop, **settings)


@pytest.fixture
def send_to_mandate(simulator: Merchant, shop: Shop) -> Callable[..., str]:
    return lambda *, signs: (signature if signs else mandate)(simulator, shop)
