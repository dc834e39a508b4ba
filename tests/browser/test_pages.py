"""The pages in a real browser: by keyboard alone, on a desk and on a phone, without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGES = (
    "challenge",
    "bank",
    "choose",
    "card",
    "saved",
    "ideal",
    "debit",
    "result",
    "declined",
    "error",
    "sign",
    "mandate",
    "missing",
)


@pytest.fixture
def reach(page: Page, send_to_challenge, send_to_checkout, send_to_mandate, simulator):
    """Bring the browser to one of the pages."""

    def go(name: str) -> Page:
        match name:
            case "challenge":
                page.goto(send_to_challenge()[1])
            case "sign":
                page.goto(send_to_mandate(signs=True))
            case "mandate":
                page.goto(send_to_mandate(signs=False))
            case "missing":
                page.goto(f"{simulator.url}/pages/3ds/1?mac=x")
            case _:
                page.goto(send_to_checkout(tokens="token-visa-approved,token-visa-insufficient-funds")[1])
                _into_checkout(page, name)
        return page

    return go


def _into_checkout(page: Page, name: str) -> None:
    links = {"card": "Card Visa", "error": "Card Visa", "ideal": "iDEAL", "debit": "SEPA", "bank": "PayPal"}
    if name in links:
        page.get_by_role("link", name=links[name]).click()
    match name:
        case "saved":
            page.get_by_role("link", name="ending in 7977").click()
        case "result" | "declined":
            page.get_by_role("link", name="ending in 7977" if name == "result" else "ending in 0009").click()
            page.get_by_label("Security code").fill("123")
            page.get_by_role("button", name="Pay").click()
        case "error":
            page.get_by_role("button", name="Pay").click()
        case "bank":
            page.get_by_role("button", name="Continue to PayPal").click()


def focused(page: Page) -> str:
    """The accessible name of what has the focus, as the browser computes it."""
    session = page.context.new_cdp_session(page)
    tree = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    for node in tree:
        on = any(each["name"] == "focused" and each["value"].get("value") for each in node.get("properties", []))
        if on and node["role"]["value"] != "RootWebArea":
            return node["name"]["value"]
    return ""


def tab_through(page: Page, steps: int) -> list[str]:
    """What Tab visits, in order."""
    visited = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        visited.append(focused(page))
    return visited


def test_the_challenge_by_keyboard(page, send_to_challenge, shop, simulator):
    """Tab to the field, a wrong code, the summary has the focus; the right code and Enter lead to the shop."""
    payment_id, url = send_to_challenge()
    page.goto(url)
    assert tab_through(page, 3) == ["One-time code", "Confirm", "Cancel"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("9999")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.title().startswith("Error: ")
    assert tab_through(page, 1) == ["This code is not right. You have one more try."]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("One-time code")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("One-time code").focus()
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert shop.visits[0]["REF"] == payment_id
    assert simulator.status(payment_id) == "PENDING_APPROVAL"


def test_cancelling_the_challenge_by_keyboard(page, send_to_challenge, shop, simulator):
    """Three Tabs and the space bar."""
    payment_id, url = send_to_challenge()
    page.goto(url)
    tab_through(page, 3)
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert (shop.visits[0]["REF"], simulator.status(payment_id)) == (payment_id, "REJECTED")


def test_a_checkout_by_keyboard(page, send_to_checkout, shop, simulator):
    """Choose, type, pay, prove who pays, and return: the documented address, no mouse, no script."""
    checkout_id, url = send_to_checkout()
    assert url.startswith("http://payment.localhost:")
    page.goto(url)
    assert tab_through(page, 1)[0].startswith("Card Visa")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pay by card")).to_be_visible()
    names = ["Other ways to pay", "Card number", "Expiry date", "Security code", "Name on card"]
    names += ["Remember my details for future purchases", "Pay €126.80", "Cancel and return to shop.localhost"]
    assert tab_through(page, len(names)) == names
    for _ in range(len(names) - 2):
        page.keyboard.press("Shift+Tab")
    for typed in ("4000000030020004", "12/49", "123", "A. Customer"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you, your payment was accepted")).to_be_visible()
    assert tab_through(page, 1) == ["Back to shop.localhost"]
    page.keyboard.press("Enter")
    expect(page).to_have_title("Shop")
    assert shop.visits[0]["hostedCheckoutId"] == checkout_id
    output = simulator.send("GET", f"/v1/1234/hostedcheckouts/{checkout_id}").json()["createdPaymentOutput"]
    assert (output["isCheckedRememberMe"], output["payment"]["status"]) == (True, "PENDING_APPROVAL")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_used_by_all(reach, name):
    """A language, a heading, the banner, names for all controls, room for fingers, no sideways scrolling, contrast."""
    page = reach(name)
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("banner")).to_contain_text("Simulator: no real money.")
    session = page.context.new_cdp_session(page)
    controls = {"textbox", "checkbox", "combobox", "button", "link"}
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        if node.get("role", {}).get("value") in controls:
            assert node["name"]["value"].strip(), node
    width = page.viewport_size["width"]
    metrics = session.send("Page.getLayoutMetrics")
    assert metrics["cssContentSize"]["width"] <= width
    for control in page.locator("button, input[type=text], select, a.main, .ways a").all():
        assert control.bounding_box()["height"] >= 44
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(CONTRAST) == [], scheme


# For every element with text of its own the contrast of its colour with the nearest opaque ground, where it is too low
# (WCAG 2.2 AA: below 4.5, for large text 3).
CONTRAST = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest('svg, option')) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const [a, b] = [light(rgb(style.color)), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < (large ? 3 : 4.5)) poor.push(`${element.textContent.trim()}: ${contrast.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_is_seen(browser, send_to_checkout, scheme):
    """What has the focus is framed, three pixels wide, in a colour that stands out from its ground."""
    context = browser.new_context(color_scheme=scheme)
    try:
        page = context.new_page()
        page.goto(send_to_checkout()[1])
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "3px" in outline
        assert "solid" in outline
    finally:
        context.close()


def test_nothing_is_loaded_from_elsewhere(page, send_to_checkout):
    """A page asks its own simulator for a stylesheet and an icon, and nobody for a script or a font."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    _, url = send_to_checkout()
    page.goto(url)
    origin = re.match(r"https?://[^/]+", url)[0]
    assert {address.removeprefix(origin).partition("?")[0] for address in asked[1:]} <= {
        "/pages/style.css",
        "/pages/icon.svg",
    }
