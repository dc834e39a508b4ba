"""How long holds can be counted on: by account, and by payment product where one has terms of its own."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from payments.accounts import Account, Windows
from payments.decide import open_payment
from payments.events import AuthorizationIntended, Authorized
from payments.evolve import fold
from payments.methods import PaymentAction, PaymentInstruction
from payments.references import PaymentKey
from runtime.settings import Settings
from tests.support.orders import order as build_order

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DAY = timedelta(days=1)
PRE, FINAL = PaymentAction.PRE_AUTHORIZATION, PaymentAction.FINAL_AUTHORIZATION


@pytest.mark.parametrize(
    ("account", "action", "days"),
    [
        (Account(name="a"), PRE, 7),
        (Account(name="a"), FINAL, 7),
        (Account(name="a", honours_pre_authorization=True), PRE, 30),
        (Account(name="a", honours_pre_authorization=True, pre_authorization_days=20), PRE, 20),
        (Account(name="a", pre_authorization_days=20), PRE, 7),
        (Account(name="a", final_authorization_days=5), PRE, 5),
    ],
)
def test_an_account_is_counted_on_for_its_days(account, action, days):
    """Thirty days only where pre-authorizations are known to be honoured, else those of final ones."""
    assert account.hold(action) == days * DAY


def held(account, product):
    order = build_order("FR1", 10_000, "USD")
    opened = open_payment(order, PaymentInstruction(token="t"), account, "d")
    subject = "main/FR1/authorize/@start"
    return fold(
        PaymentKey(order_id="FR1"),
        [
            opened,
            AuthorizationIntended(subject=subject, attempt=1, reference="r", amount_minor=10_000),
            Authorized(
                subject=subject,
                amount_minor=10_000,
                provider_id="p1",
                authorization_code=None,
                authorized_at=NOW,
                payment_product=product,
            ),
        ],
    )


def test_a_product_with_terms_of_its_own_ends_by_them():
    """The window follows the product that the authorization names; another product's does not."""
    account = Account(name="a", products={"3": Windows(final_authorization_days=5)})
    margin = timedelta(seconds=account.margin_seconds)
    assert held(account, 3).expires_at == NOW + 5 * DAY - margin
    payment = held(account, 3)
    assert payment.hold_end(payment.authorizations[0]) == NOW + 5 * DAY
    for other in (1, None):
        assert held(account, other).expires_at == NOW + 7 * DAY - margin


@pytest.mark.parametrize(
    "written",
    [
        {"pre_authorization_days": 31},
        {"final_authorization_days": 8},
        {"final_authorization_days": "7"},
        {"days": 3},
        {"products": {"visa": {"final_authorization_days": 3}}},
        {"products": {"1": {"final_authorization_days": 0}}},
        "{",
    ],
)
def test_malformed_windows_are_refused_by_the_settings_name(monkeypatch, written):
    """What no window can be is told with the setting's name before anything runs."""
    monkeypatch.setenv("PAYMENTS_WINDOWS", written if isinstance(written, str) else json.dumps(written))
    with pytest.raises((ValidationError, ValueError), match="windows"):
        Settings()


def test_settings_make_the_accounts_terms(monkeypatch):
    """An account beside the first has the first's terms where it has none of its own."""
    monkeypatch.setenv("PAYMENTS_WINDOWS", json.dumps({"final_authorization_days": 6}))
    more = {"merchant_id": "1", "api_key_id": "k", "secret_api_key": "s"}
    own = {**more, "windows": {"final_authorization_days": 4}, "warn_before_seconds": 60}
    monkeypatch.setenv("PAYMENTS_MORE_ACCOUNTS", json.dumps({"like": more, "own": own}))
    terms = Settings().all_terms
    assert [terms[name].final_authorization_days for name in ("main", "like", "own")] == [6, 6, 4]
    assert (terms["own"].warn_before_seconds, terms["like"].warn_before_seconds) == (60, 86_400)
    assert terms["own"].name == "own"
