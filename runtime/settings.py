"""The settings, and the only reader of the environment. Every name is listed in `docs/operations.md`."""

import json
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from payments.accounts import Account, Windows
from payments.resend import Patience
from runtime.callbacks import check_secret, check_url, keys_of


def _keys(written: object) -> object:
    """Read a JSON object of texts. What is wrong is told without its content: that is secret."""
    if not isinstance(written, str):
        return written
    try:
        keys = json.loads(written or "{}")
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not all(isinstance(s, str) and s.strip() and k for k, s in keys.items()):
        raise ValueError('a JSON object of key ids and secrets is expected, such as {"key-id": "secret"}')
    return keys


def _words(written: object) -> object:
    """Read texts that are separated by blanks or commas."""
    return tuple(written.replace(",", " ").split()) if isinstance(written, str) else written


def _object(written: object) -> object:
    """Read a JSON object, told without its content if it is none: that may be secret."""
    if not isinstance(written, str):
        return written
    try:
        told = json.loads(written or "{}")
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ValueError(  # noqa: TRY004 (pydantic tells a ValueError's words)
            'a JSON object is expected, such as {"outlet": {"url": "https://…", "secrets": ["whsec_…"]}}'
        )
    return told


class CallbackReceiver(BaseModel):
    """Where a shop's callbacks go, and the secrets that sign them; while one replaces another, both."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(check_url)]
    secrets: tuple[Annotated[SecretStr, AfterValidator(check_secret)], ...] = Field(min_length=1)


class AccountWindows(Windows):
    """How many days an account's holds can be counted on, and which payment products have terms of their own."""

    products: dict[Annotated[str, Field(pattern=r"^[0-9]{1,5}$")], Windows] = Field(default_factory=dict)

    @property
    def terms(self) -> dict[str, object]:
        """What an account is made of."""
        return {name: value for name, value in dict(self).items() if value is not None}


class MoreAccount(BaseModel):
    """A merchant account beside the first. What is absent is as with the first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    merchant_id: str
    api_key_id: str
    secret_api_key: SecretStr
    endpoint: str | None = None
    honours_pre_authorization: bool | None = None
    hold_seconds: int | None = Field(default=None, ge=1)
    hold_margin_seconds: int | None = Field(default=None, ge=0)
    warn_before_seconds: int | None = Field(default=None, ge=0)
    windows: AccountWindows | None = None
    redirect_window_seconds: int | None = Field(default=None, ge=1)
    review_seconds: int | None = Field(default=None, ge=1)
    retry_window_seconds: int | None = Field(default=None, ge=0)


class Settings(BaseSettings):
    """What a process is told by its environment. Connection to Temporal: the SDK's own TEMPORAL_* variables."""

    model_config = SettingsConfigDict(env_prefix="PAYMENTS_", extra="ignore", hide_input_in_errors=True)

    ledger_url: str = "sqlite:///.payments/ledger.sqlite"
    """Where the books are: an SQLite file or a PostgreSQL URL."""

    account: str = "main"
    """The name of the merchant account here."""
    ingenico_endpoint: str = "https://api.preprod.connect.worldline-solutions.com"
    """Scheme, host and port of Connect, without a path."""
    ingenico_merchant_id: str = ""
    ingenico_api_key_id: str = ""
    ingenico_secret_api_key: SecretStr = SecretStr("")
    ingenico_webhook_keys: Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_keys)] = Field(
        default_factory=dict
    )
    """Webhook keys as a JSON object, id to secret; while one replaces another, both."""
    honours_pre_authorization: bool = False
    """Whether the acquirer is known to honour pre-authorizations: then their holds count 30 days, else 7."""
    hold_margin_seconds: int = Field(default=6 * 3600, ge=0)
    """How long before a hold's end an unshipped payment is voided."""
    warn_before_seconds: int = Field(default=86_400, ge=0)
    """How long before its window ends fulfilment is warned of an unshipped payment; 0: not at all."""
    windows: AccountWindows = AccountWindows()
    """How many days holds can be counted on, as JSON, by payment product where that has terms of its own."""
    redirect_window_seconds: int = Field(default=90 * 60, ge=1)
    """How long a customer may stay at a page elsewhere before the authorization is given up."""
    review_seconds: int | None = Field(default=None, ge=1)
    """How long a fraud review may take before it is refused; absent, as long as the payment's window."""
    hold_seconds: int | None = Field(default=None, ge=1)
    """How long a hold can be counted on, where that is known to be less than the schemes say."""
    retry_window_seconds: int = Field(default=30 * 60, ge=0)
    """How long after a decline an order may be paid in another way."""
    more_accounts: dict[str, MoreAccount] = {}
    """Further merchant accounts by their names here, as JSON."""

    callback_url: Annotated[str, AfterValidator(check_url)] = ""
    """Where the order service is told what happens to its payments; empty: it is not told."""
    callback_secrets: Annotated[
        tuple[Annotated[SecretStr, AfterValidator(check_secret)], ...], NoDecode, BeforeValidator(_words)
    ] = Field(default=(), validate_default=True)
    """Secrets that sign callbacks, each `whsec_` and base64; while one replaces another, both."""
    callback_shops: Annotated[dict[str, CallbackReceiver], NoDecode, BeforeValidator(_object)] = {}
    """Shops with a receiver of their own, as JSON."""

    quiet_seconds: float = Field(default=25.0, ge=0)
    """After a send without an answer, before the payment is read."""
    absence_seconds: float = Field(default=30.0, ge=0)
    """Between two looks that find nothing."""
    follow_seconds: float = Field(default=60.0, gt=0)
    """From an accepted capture to the first look at it; doubled after each look, up to six hours."""
    log_level: str = "INFO"

    @field_validator("callback_secrets")
    @classmethod
    def _callbacks_are_whole(cls, secrets: tuple[SecretStr, ...], told: ValidationInfo) -> tuple[SecretStr, ...]:
        """A receiver that cannot verify, and secrets for nobody, are both a setting that was forgotten."""
        url = told.data.get("callback_url")
        if url and not secrets:
            raise ValueError("it is missing, and PAYMENTS_CALLBACK_URL is set: callbacks are signed")
        if secrets and url == "":
            raise ValueError("it is set, and PAYMENTS_CALLBACK_URL is missing: nobody is told")
        return secrets

    @property
    def terms(self) -> Account:
        """The merchant account's name and what its authorizations can be counted on for."""
        return Account(
            name=self.account,
            honours_pre_authorization=self.honours_pre_authorization,
            hold_seconds=self.hold_seconds,
            margin_seconds=self.hold_margin_seconds,
            warn_before_seconds=self.warn_before_seconds,
            **self.windows.terms,
            redirect_window_seconds=self.redirect_window_seconds,
            review_seconds=self.review_seconds,
            retry_window_seconds=self.retry_window_seconds,
        )

    @property
    def credentials(self) -> dict[str, str | SecretStr]:
        """What `ingenico.accounts.AccountCredentials` is made of; it says what is wrong with them."""
        return {
            "merchant_id": self.ingenico_merchant_id,
            "api_key_id": self.ingenico_api_key_id,
            "secret_api_key": self.ingenico_secret_api_key,
            "endpoint": self.ingenico_endpoint,
        }

    @property
    def all_terms(self) -> dict[str, Account]:
        """Every merchant account by its name."""
        return {
            self.account: self.terms,
            **{name: self._terms_of(name, more) for name, more in self.more_accounts.items()},
        }

    def _terms_of(self, name: str, more: MoreAccount) -> Account:
        told = {
            "honours_pre_authorization": more.honours_pre_authorization,
            "hold_seconds": more.hold_seconds,
            "margin_seconds": more.hold_margin_seconds,
            "redirect_window_seconds": more.redirect_window_seconds,
            "retry_window_seconds": more.retry_window_seconds,
            "review_seconds": more.review_seconds,
            "warn_before_seconds": more.warn_before_seconds,
            **(more.windows.terms if more.windows is not None else {}),
        }
        return self.terms.model_copy(
            update={"name": name, **{term: value for term, value in told.items() if value is not None}}
        )

    @property
    def all_credentials(self) -> dict[str, dict[str, str | SecretStr]]:
        """What every account's credentials are made of, by its name."""
        more: dict[str, dict[str, str | SecretStr]] = {
            name: {
                "merchant_id": told.merchant_id,
                "api_key_id": told.api_key_id,
                "secret_api_key": told.secret_api_key,
                "endpoint": told.endpoint or self.ingenico_endpoint,
            }
            for name, told in self.more_accounts.items()
        }
        return {self.account: self.credentials, **more}

    @property
    def patience(self) -> Patience:
        """How long to hold back before asking about a lost answer."""
        return Patience(
            quiet_seconds=self.quiet_seconds, absence_seconds=self.absence_seconds, follow_seconds=self.follow_seconds
        )

    @property
    def callback_receivers(self) -> dict[str | None, tuple[str, tuple[bytes, ...]]]:
        """Address and signing keys of each shop's receiver; under None that of all shops without one of their own."""
        told: dict[str | None, tuple[str, tuple[bytes, ...]]] = {
            shop: (receiver.url, keys_of(receiver.secrets)) for shop, receiver in self.callback_shops.items()
        }
        if self.callback_url:
            told[None] = (self.callback_url, keys_of(self.callback_secrets))
        return told
