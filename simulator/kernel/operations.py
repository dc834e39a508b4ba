"""The type of the table that all operations of the Server API are listed in."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.kernel.calls import Answer, Call
from simulator.kernel.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call of the Server API.

    `name` is the official SDK's resource and method; `path` stands below `/v1/{merchantId}` and names its parameters as
    the API reference does; `schema` is the official JSON schema of the request's body, None when there is no body.
    """

    name: str
    method: str
    path: str
    handle: Callable[[Desk, Call], Answer]
    schema: str | None = None
    lookup: bool = False
    """Only reads, so an ordered lag can let it speak of the past."""
    root: str = "/v1"
    """`/files/v1` for the file service."""
