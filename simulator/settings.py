"""What the simulator is told from outside: the one file of this room that reads the environment."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from simulator.kernel.merchants import Key, Merchant

LONGEST = 10 * 366 * 86_400

# Keys are honoured where the documentation says so, and nowhere else: leniency would hide a caller that repeats a
# capture blindly.
KEYED = frozenset({"payments.create", "payments.refund", "captures.refund"})

_NAMES = ("merchant_id", "api_key_id", "secret_api_key", "webhook_key_id", "webhook_secret", "webhook_url")


class Settings(BaseModel):
    """Everything an instance may differ in; the defaults suit a loopback demo and are no secrets. Times in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    merchant_id: str = "1234"
    api_key_id: str = "simulator-key"
    secret_api_key: str = "simulator-secret"  # noqa: S105  (a demo's key, published in docs/simulator.md)
    webhook_key_id: str = "simulator-webhook-key"
    webhook_secret: str = "simulator-webhook-secret"  # noqa: S105  (likewise)
    webhook_url: str = ""
    multiple_captures: bool = False
    refunds_require_approval: bool = False
    more_merchants: tuple[Merchant, ...] = ()
    data: str = ""
    speed: float = Field(default=1.0, gt=0, le=1_000_000)
    keyed: frozenset[str] = KEYED
    capture_delay_seconds: float = Field(default=2.0, ge=0, le=LONGEST)
    collect_delay_seconds: float = Field(default=2.0, ge=0, le=LONGEST)
    refund_delay_seconds: float = Field(default=2.0, ge=0, le=LONGEST)
    payout_delay_seconds: float = Field(default=2.0, ge=0, le=LONGEST)
    debit_delay_seconds: float = Field(default=4 * 86_400.0, ge=0, le=LONGEST)
    redirect_seconds: float = Field(default=3 * 3600.0, gt=0, le=LONGEST)
    checkout_seconds: float = Field(default=3 * 3600.0, gt=0, le=LONGEST)
    session_seconds: float = Field(default=2 * 3600.0, gt=0, le=LONGEST)
    date_skew_seconds: float = Field(default=300.0, ge=0, le=LONGEST)

    @property
    def merchants(self) -> tuple[Merchant, ...]:
        """The accounts to start with; the first is set up by the options, unless the file names it as well."""
        first = Merchant(
            merchant_id=self.merchant_id,
            api_keys=(Key(id=self.api_key_id, secret=self.secret_api_key),),
            webhook_url=self.webhook_url,
            webhook_keys=(Key(id=self.webhook_key_id, secret=self.webhook_secret),),
            multiple_captures=self.multiple_captures,
            refunds_require_approval=self.refunds_require_approval,
        )
        return (first, *self.more_merchants)


def from_environment(environment: Mapping[str, str] = os.environ, **options: object) -> Settings:
    """Join the SIMULATOR_* variables with the command line's options. Raises ValueError that names what is wrong."""
    named = {
        name: environment[f"SIMULATOR_{name.upper()}"] for name in _NAMES if f"SIMULATOR_{name.upper()}" in environment
    }
    try:
        settings = Settings.model_validate({**named, **options})
        assert settings.merchants
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    return settings


def merchants_from(path: Path) -> tuple[Merchant, ...]:
    """Read further accounts from a JSON file with a list of them. Raises ValueError that names what is wrong."""
    try:
        return TypeAdapter(tuple[Merchant, ...]).validate_python(json.loads(path.read_text()))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
