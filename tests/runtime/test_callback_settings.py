"""Where callbacks go and what signs them: refused at the start, by name, and without repeating a secret."""

import json

import pytest
from pydantic import ValidationError

from runtime.settings import Settings
from tests.support.receiver import ANOTHER_SECRET, SECRET, key_of

URL = "https://shop.example/payments"


def settings(monkeypatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(f"PAYMENTS_CALLBACK_{name}", value)
    return Settings()


def test_without_them_nobody_is_told(monkeypatch):
    """An order service is told where somebody has said so."""
    assert settings(monkeypatch).callback_receivers == {}


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_several_secrets_sign_while_one_replaces_another(monkeypatch, between):
    """They stand one after the other, in any of the ways that people write lists."""
    told = settings(monkeypatch, URL=URL, SECRETS=f"{SECRET}{between}{ANOTHER_SECRET}")
    assert told.callback_receivers == {None: (URL, (key_of(SECRET), key_of(ANOTHER_SECRET)))}


def test_a_shop_may_have_its_own(monkeypatch):
    """What a shop has goes before what all have; a deployment may have shops alone."""
    own = json.dumps({"outlet": {"url": "https://outlet.example/", "secrets": [ANOTHER_SECRET]}})
    alone = settings(monkeypatch, SHOPS=own)
    assert set(alone.callback_receivers) == {"outlet"}
    both = settings(monkeypatch, URL=URL, SECRETS=SECRET)
    assert both.callback_receivers["outlet"] == ("https://outlet.example/", (key_of(ANOTHER_SECRET),))
    assert both.callback_receivers[None] == (URL, (key_of(SECRET),))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/x", "http://localhost:8080/", "http://[::1]:1/"])
def test_on_this_machine_http_will_do(monkeypatch, url):
    """Loopback needs no certificate."""
    assert settings(monkeypatch, URL=url, SECRETS=SECRET).callback_receivers[None][0] == url


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("shop.example/payments", "such as https://"),
        ("ftp://shop.example/", "such as https://"),
        ("https://", "such as https://"),
        ("https://shop.example:99999/", "such as https://"),
        ("http://shop.example/", "https is expected"),
        ("http://10.0.0.7/", "https is expected"),
        ("https://user:geheim@shop.example/", "without a user name"),
        ("https://shop.example/#here", "without a # part"),
    ],
)
def test_an_address_that_cannot_be_told_is_refused(monkeypatch, url, remedy):
    """The error names the setting and what would do."""
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, URL=url, SECRETS=SECRET)
    [error] = refused.value.errors()
    assert error["loc"] == ("callback_url",)
    assert remedy in error["msg"]
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    "secret",
    [
        "geheim",
        "whsec_geheim",
        "whsec_Z2VoZWlt",
        SECRET.removeprefix("whsec_"),
        f"{SECRET} whsec_geheim",
        "whsec_" + "A" * 90,
    ],
)
def test_what_is_no_secret_is_refused_without_repeating_it(monkeypatch, secret):
    """A prefix, base64, 24 to 64 bytes: anything else would sign what nobody can verify."""
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, URL=URL, SECRETS=secret)
    assert {error["loc"][0] for error in refused.value.errors()} == {"callback_secrets"}
    assert "whsec_ followed by the base64" in str(refused.value)
    for word in (*secret.split(), "geheim"):
        assert word not in str(refused.value)


@pytest.mark.parametrize("forgotten", [{"URL": URL}, {"SECRETS": SECRET}])
def test_one_without_the_other_was_forgotten(monkeypatch, forgotten):
    """Callbacks are signed always, and secrets are for somebody."""
    with pytest.raises(ValidationError, match="missing") as refused:
        settings(monkeypatch, **forgotten)
    assert refused.value.errors()[0]["loc"] == ("callback_secrets",)


@pytest.mark.parametrize(
    "shops", ["geheim", "[]", '{"outlet": {"url": "https://x.example/"}}', '{"outlet": {"url": "x", "secrets": []}}']
)
def test_shops_that_cannot_be_read_are_refused(monkeypatch, shops):
    """A JSON object of receivers, each whole."""
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, SHOPS=shops)
    assert {error["loc"][0] for error in refused.value.errors()} == {"callback_shops"}
    assert "geheim" not in str(refused.value)
