"""Whose credentials are used, and what is no account."""

import pytest
from pydantic import ValidationError

from ingenico.accounts import AccountCredentials, Accounts
from payments.provider import Misconfigured


def test_unknown_account_is_misconfigured(account):
    """A name that is not set up pauses the account instead of failing the payment."""
    accounts = Accounts({"main": account()})
    assert accounts.of("main").merchant_id == "1234"
    with pytest.raises(Misconfigured, match=r"'other'.*main"):
        accounts.of("other")


def test_secret_is_never_printed(account):
    """Neither form of printing shows the secret."""
    assert "secret-for-tests" not in f"{account()} {account()!r} {account().model_dump_json()}"


@pytest.mark.parametrize("endpoint", ["https://api.example.com", "https://api.example.com/", "http://127.0.0.1:8080"])
def test_endpoint_is_a_host_root(account, endpoint):
    """Scheme, host and port are kept, a bare slash is dropped."""
    assert account(endpoint).endpoint == endpoint.rstrip("/")


@pytest.mark.parametrize(
    "endpoint",
    [
        "api.example.com",
        "ftp://a.example",
        "https://a.example/v1",
        "https://u:p@a.example",
        "https://a.example?x=1",
        "",
    ],
)
def test_other_endpoints_are_refused(account, endpoint):
    """The official SDKs refuse a path, user info, query or fragment too."""
    with pytest.raises(ValidationError, match="scheme, host"):
        account(endpoint)


@pytest.mark.parametrize("changed", [{"secret_api_key": " "}, {"api_key_id": ""}, {"merchant_id": "12/34"}])
def test_credentials_that_cannot_be_signed_with_are_refused(account, changed):
    """A blank secret or an id that needs an escape is found at the start of the process."""
    with pytest.raises(ValidationError):
        AccountCredentials(**{**dict(account()), **changed})
