"""What the simulator is told from outside: the one file of this room that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = 10 * 366 * 86_400


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an instance may differ in; the defaults suit a loopback demo and are no secrets."""

    merchant_id: str = "1234"
    api_key_id: str = "simulator-key"
    secret_api_key: str = "simulator-secret"  # noqa: S105  (a demo's key, published in docs/simulator.md)
    webhook_key_id: str = "simulator-webhook-key"
    webhook_secret: str = "simulator-webhook-secret"  # noqa: S105  (likewise)
    webhook_url: str = ""
    books: str = ""
    capture_delay_seconds: float = 2.0
    collect_delay_seconds: float = 2.0
    date_skew_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse what would only fail later: an id that does not fit into a payment id, time that runs back."""
        if not (self.merchant_id.isascii() and self.merchant_id.isdigit() and len(self.merchant_id) <= 10):
            raise ValueError(f"SIMULATOR_MERCHANT_ID must be 1 to 10 digits, not {self.merchant_id!r}")
        for seconds in (self.capture_delay_seconds, self.collect_delay_seconds, self.date_skew_seconds):
            if not 0 <= seconds <= LONGEST:
                raise ValueError(f"delays and skew must be from 0 to {LONGEST} seconds, not {seconds}")


def from_environment(environment: Mapping[str, str] = os.environ, **options: str | float) -> Settings:
    """Join the SIMULATOR_* variables with the command line's options."""
    named = {
        name: environment[f"SIMULATOR_{name.upper()}"]
        for name in (
            "merchant_id",
            "api_key_id",
            "secret_api_key",
            "webhook_key_id",
            "webhook_secret",
            "webhook_url",
        )
        if f"SIMULATOR_{name.upper()}" in environment
    }
    return Settings(**{**named, **options})  # type: ignore[arg-type]  # checked by the parser and __post_init__
