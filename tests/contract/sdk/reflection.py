"""What the official SDK can do, read out of the SDK itself: every method of every client, and the route it calls."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from worldline.connect.sdk.api_resource import ApiResource
from worldline.connect.sdk.v1 import merchant


@dataclass(frozen=True, kw_only=True)
class Method:
    """One public method of one client class; `name` is `payments.create`, `route` is what it sends to."""

    name: str
    verb: str
    route: str
    parameters: tuple[str, ...]
    returns: object
    raises: frozenset[str]

    @property
    def resource(self) -> str:
        return self.name.split(".")[0]

    @property
    def short_name(self) -> str:
        return self.name.split(".")[1]

    @property
    def ids(self) -> tuple[str, ...]:
        """The parameters that name an object in the path."""
        return tuple(name for name in self.parameters if name.endswith(("_id", "_reference")))

    @property
    def has_body(self) -> bool:
        return "body" in self.parameters

    @property
    def is_binary(self) -> bool:
        return self.name == "files.get_file"


@cache
def methods() -> dict[str, Method]:
    """All methods by name."""
    return {method.name: method for client in _clients() for method in _methods_of(client)}


def _clients() -> Iterator[type[ApiResource]]:
    for module in pkgutil.walk_packages(merchant.__path__, f"{merchant.__name__}."):
        if not module.name.endswith("_client"):
            continue
        for name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if found.__module__ == module.name and issubclass(found, ApiResource) and name != "MerchantClient":
                yield found


def _methods_of(client: type[ApiResource]) -> Iterator[Method]:
    """Each method is called once with a communicator that only notes what it is told to send."""
    resource = client.__module__.split(".")[-2]
    for name, function in vars(client).items():
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        signature = inspect.signature(function)
        parameters = tuple(each for each in signature.parameters if each not in {"self", "context"})
        probe = _Probe()
        function(client(ApiResource(communicator=probe), None), *(f"{{{_camel(each)}}}" for each in parameters))
        assert probe.sent is not None, f"{resource}.{name} sends nothing"
        verb, route = probe.sent
        yield Method(
            name=f"{resource}.{name}",
            verb=verb,
            route=route,
            parameters=parameters,
            returns=signature.return_annotation,
            raises=frozenset(re.findall(r":raise (\w+):", function.__doc__ or "")),
        )


class _Probe:
    """Stands where a communicator would."""

    def __init__(self) -> None:
        self.sent: tuple[str, str] | None = None

    def __getattr__(self, name):
        verb = name.removesuffix("_with_binary_response").upper()
        if verb not in {"GET", "POST", "PUT", "DELETE"}:
            raise AttributeError(name)

        def send(path, *_):
            self.sent = (verb, path)

        return send


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
