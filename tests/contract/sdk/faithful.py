"""Whether a JSON body is exactly what the SDK's class for it can hold: no unknown name, no other type, no null."""

from typing import Union, get_args, get_origin, get_type_hints

from worldline.connect.sdk.domain.data_object import DataObject

from tests.contract.sdk.tape import Exchange


def faults_of(exchange: Exchange) -> list[str]:
    """What of an answer the SDK does not know, loses or takes for another type; empty for a faithful answer."""
    if exchange.status == 204:
        has_type = "content-type" in exchange.headers
        return ["204 with a body"] * bool(exchange.raw) + ["204 with a Content-Type"] * has_type
    if exchange.kind is None:
        return []
    content = exchange.content
    found = list(_differences("", content, exchange.parsed.to_dictionary()))
    return [f"{exchange.verb} {exchange.path}: {fault}" for fault in found + list(_mistyped("", exchange.parsed))]


def _differences(path, sent, understood):
    """The body against what the SDK would write of what it read: a misspelled field is missing there."""
    if isinstance(sent, dict) and isinstance(understood, dict):
        for name, value in sent.items():
            if name not in understood:
                yield f"{path}.{name} is unknown to the SDK (or null)"
            else:
                yield from _differences(f"{path}.{name}", value, understood[name])
    elif isinstance(sent, list) and isinstance(understood, list):
        if len(sent) != len(understood):
            yield f"{path} has {len(sent)} entries, {len(understood)} for the SDK"
        for place, (one, other) in enumerate(zip(sent, understood, strict=False)):
            yield from _differences(f"{path}[{place}]", one, other)
    elif sent != understood:
        yield f"{path} is {sent!r}, {understood!r} for the SDK"


def _mistyped(path, value):
    """Every property of a domain object against the type that its getter declares."""
    properties = [name for name in dir(type(value)) if isinstance(getattr(type(value), name), property)]
    for name in properties:
        declared = get_type_hints(getattr(type(value), name).fget)["return"]
        yield from _other_than(f"{path}.{name}", getattr(value, name), declared)


def _other_than(path, value, declared):
    if value is None:
        return
    if get_origin(declared) is Union:
        (declared,) = [each for each in get_args(declared) if each is not type(None)]
    if get_origin(declared) is list:
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for place, each in enumerate(value):
            yield from _other_than(f"{path}[{place}]", each, get_args(declared)[0])
    elif isinstance(declared, type) and issubclass(declared, DataObject):
        yield from _mistyped(path, value)
    elif type(value) is not declared:
        yield f"{path} is {type(value).__name__}, the SDK declares {declared}"
