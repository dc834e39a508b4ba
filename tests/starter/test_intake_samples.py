"""Orders as OroCommerce hands them out are read to the cent."""

import json
from pathlib import Path

import pytest

from devstack.stories import STORIES
from payments.money import Money
from starter.intake.orocommerce import OrderUnreadable, read_orocommerce

SAMPLES = Path(__file__).parent / "data"
EXAMPLES = Path(__file__).parents[2] / "examples" / "orders"

# File, number, its numeric id, total, shipping, tax, discount, lines, customer, country, region. Minor units.
AS_WRITTEN = [
    (SAMPLES / "order-card-usd.json", "FR1012401", 41, 23979, "USD", 1250, 1342, 1000, (17590, 4797), "9", "US", "FL"),
    (SAMPLES / "order-ach-usd.json", "FR1012403", 43, 22999, "USD", 0, 0, None, (22999,), "9", "US", "FL"),
    (SAMPLES / "order-sepa-eur.json", "FR1012402", 42, 54029, "EUR", 2000, 9030, None, None, "10", "NL", None),
    (SAMPLES / "order-card-jpy.json", "FR1012404", 44, 12680, "JPY", 800, 1080, None, (10800,), "11", "JP", None),
    (EXAMPLES / "1-shipped.json", "FR2611001", 601, 24759, "USD", 1250, 1815, 1000, (14994, 7700), "1101", "US", "NY"),
    (EXAMPLES / "2-cancelled.json", "FR2611002", 602, 25466, "EUR", 2500, 4066, None, None, "1102", "DE", None),
    (EXAMPLES / "3-never-shipped.json", "FR2611003", 603, 5547, "USD", 750, 0, None, None, "1103", "US", "FL"),
    (EXAMPLES / "4-declined.json", "FR2611004", 604, 43225, "USD", 1250, 0, 2000, None, "1104", "US", "MA"),
    (EXAMPLES / "5-yen.json", "FR2611005", 605, 12680, "JPY", 800, 1080, None, (10800,), "1105", "JP", None),
    (EXAMPLES / "6-answer-lost.json", "FR2611006", 606, 12690, "USD", 990, 0, None, None, "1106", "US", "CO"),
]


def _read(file, change=lambda _: None):
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    return read_orocommerce(document)


def _minor(money):
    return None if money is None else money.amount_minor


@pytest.mark.parametrize("expected", AS_WRITTEN, ids=lambda row: row[0].stem)
def test_every_order_at_hand_is_read_exactly(expected):
    """Number, amounts, customer and country of each sample and each example are what the file says."""
    file, number, own_id, total, currency, shipping, tax, discount, lines, customer, country, region = expected
    order = _read(file)
    assert (order.order_id, order.provider_order_id) == (number, own_id)
    assert order.total == Money(amount_minor=total, currency=currency)
    assert tuple(map(_minor, (order.shipping, order.tax, order.discount))) == (shipping, tax, discount)
    amounts = tuple(line.amount.amount_minor for line in order.lines)
    assert sum(amounts) + shipping + tax - (discount or 0) == total
    assert lines is None or amounts == lines
    assert order.customer.customer_id == customer
    assert (order.billing_address.country_code, order.billing_address.region_code) == (country, region)


def test_every_example_is_played_by_the_demo():
    """No example lies about, and none is missing."""
    assert sorted(story.file for story in STORIES) == sorted(file.name for file in EXAMPLES.glob("*.json"))


def _address(document):
    return next(each for each in document["included"] if each["type"] == "orderaddresses")


WRONG = {
    "an amount that the currency cannot express": (
        lambda d: d["data"]["attributes"].update(totalValue="239.7901"),
        "attributes.totalValue",
    ),
    "an unknown currency": (lambda d: d["data"]["attributes"].update(currency="ABC"), "attributes.currency"),
    "no billing address": (
        lambda d: d["data"]["relationships"].pop("billingAddress"),
        "relationships.billingAddress",
    ),
    "no country": (lambda d: _address(d)["relationships"].pop("country"), "billingAddress.country"),
    "a resource that is not included": (lambda d: d["included"].remove(_address(d)), "relationships.billingAddress"),
    "a total that does not add up": (
        lambda d: d["data"]["attributes"].update(totalValue="239.8000"),
        "order.total.amount_minor",
    ),
}


@pytest.mark.parametrize(("change", "field"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_remedy(change, field):
    """An order that cannot be paid as it is written is refused, naming the field and what to do."""
    with pytest.raises(OrderUnreadable) as refused:
        _read(SAMPLES / "order-card-usd.json", change)
    assert field in [refusal.field for refusal in refused.value.refusals]
    assert all(refusal.remedy for refusal in refused.value.refusals)
