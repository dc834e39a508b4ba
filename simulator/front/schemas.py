"""The official JSON schemas of all request bodies: names, types and nesting as the vendor publishes them.

They know no required fields and no lengths; those are checked where a body is read (`reader`).
"""

import json
from functools import cache
from importlib import resources
from itertools import islice

from jsonschema_rs import Draft4Validator, ValidationError, ValidationErrorKind

from simulator.kernel import errors
from simulator.kernel.calls import Call, Json

MOST_ERRORS = 20


@cache
def document(name: str) -> Json:
    """A schema by the name of its request type."""
    found: Json = json.loads((resources.files("simulator") / "schemas" / f"{name}.json").read_text())
    return found


@cache
def _validator(name: str) -> Draft4Validator:
    return Draft4Validator(document(name))


def check(name: str, call: Call) -> None:
    """Refuse a body that is no JSON object of this shape; an absent body counts as an empty object."""
    try:
        content = call.content
    except (ValueError, RecursionError):
        raise errors.refuse(400, errors.invalid_value("", "REQUEST BODY IS NOT VALID JSON")) from None
    if content is None and not call.body:
        return
    if not isinstance(content, dict):
        raise errors.refuse(400, errors.invalid_value("", "REQUEST BODY IS NOT A JSON OBJECT"))
    validator = _validator(name)
    if not validator.is_valid(content):
        found = [_error(each) for each in islice(validator.iter_errors(content), MOST_ERRORS)]
        raise errors.refuse(400, *found)


def _error(error: ValidationError) -> Json:
    """Names the field; the value stays unsaid, since it may be a card number that was sent as a number."""
    path = path_of(error.instance_path)
    match error.kind:
        case ValidationErrorKind.AdditionalProperties(unexpected=[first, *_] as unexpected):
            told = f"UNKNOWN FIELD {', '.join(unexpected)} IN {path or 'REQUEST BODY'}"
            return errors.invalid_value(f"{path}.{first}" if path else first, told)
        case ValidationErrorKind.Type(types=types):
            return errors.invalid_value(path, f"VALUE OF FIELD {path} IS NOT OF TYPE {' OR '.join(types)}".upper())
        case _:
            return errors.invalid_value(path, f"VALUE OF FIELD {path} IS NOT VALID")


def path_of(parts: list[str | int]) -> str:
    """A path as `propertyName` writes it: `order.shoppingCart.items[0].amountOfMoney`."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
