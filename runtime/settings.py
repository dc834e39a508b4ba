"""The settings, and the only reader of the environment. Every name is listed in `docs/operations.md`."""

import json
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from payments.accounts import Account
from payments.resend import Patience


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
    retry_window_seconds: int | None = Field(default=None, ge=0)


class Settings(BaseSettings):
    """What a process is told by its environment. Connection to Temporal: the SDK's own TEMPORAL_* variables."""

    model_config = SettingsConfigDict(env_prefix="PAYMENTS_", extra="ignore")

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
    hold_seconds: int | None = Field(default=None, ge=1)
    """How long a hold can be counted on, where that is known to be less than the schemes say."""
    retry_window_seconds: int = Field(default=30 * 60, ge=0)
    """How long after a decline an order may be paid in another way."""
    more_accounts: dict[str, MoreAccount] = {}
    """Further merchant accounts by their names here, as JSON."""

    quiet_seconds: float = Field(default=25.0, ge=0)
    """After a send without an answer, before the payment is read."""
    absence_seconds: float = Field(default=30.0, ge=0)
    """Between two looks that find nothing."""
    follow_seconds: float = Field(default=60.0, gt=0)
    """From an accepted capture to the first look at it; doubled after each look, up to six hours."""
    log_level: str = "INFO"

    @property
    def terms(self) -> Account:
        """The merchant account's name and what its authorizations can be counted on for."""
        return Account(
            name=self.account,
            honours_pre_authorization=self.honours_pre_authorization,
            hold_seconds=self.hold_seconds,
            margin_seconds=self.hold_margin_seconds,
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
        honours, margin = more.honours_pre_authorization, more.hold_margin_seconds
        retry = more.retry_window_seconds
        return Account(
            name=name,
            honours_pre_authorization=self.honours_pre_authorization if honours is None else honours,
            hold_seconds=self.hold_seconds if more.hold_seconds is None else more.hold_seconds,
            margin_seconds=self.hold_margin_seconds if margin is None else margin,
            retry_window_seconds=self.retry_window_seconds if retry is None else retry,
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
