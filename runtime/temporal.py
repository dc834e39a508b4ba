"""The connection to Temporal: the SDK's own environment and profile file, and our data converter."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

# A killed worker's task is handed to another after this long; a local first try fits in it twice.
TASK_TIMEOUT = timedelta(seconds=5)
DEFAULT_ADDRESS = "127.0.0.1:7233"


async def connect(address: str | None = None, *, lazy: bool = False) -> Client:
    """Connect as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TLS and API key variables or the profile file say.

    Raises RuntimeError, with the remedy, when no server answers; a `lazy` one connects at its first call, and again.
    """
    config = ClientConfig.load_client_connect_config()
    target = address or config.get("target_host") or DEFAULT_ADDRESS
    config["target_host"] = target
    try:
        return await Client.connect(data_converter=pydantic_data_converter, lazy=lazy, **config)
    except RuntimeError as error:
        raise RuntimeError(
            f"no Temporal server answers at {target}: start one (payments demo brings its own) "
            f"or set TEMPORAL_ADDRESS ({error})"
        ) from error
