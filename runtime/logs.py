"""Logs: one line an event on standard error, with ids and nothing personal."""

import logging


def configure_logs(level: str) -> None:
    """Log from `level` on."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A line for each call at the provider is the debug level's.
    logging.getLogger("httpx").setLevel(logging.WARNING)
