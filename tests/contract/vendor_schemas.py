"""The vendor's own JSON schemas of request bodies, and what a body has against them."""

import json
from functools import cache
from pathlib import Path

import jsonschema_rs

THEIRS = Path(__file__).parents[2] / "simulator" / "schemas"


@cache
def validator(name):
    return jsonschema_rs.Draft4Validator(json.loads((THEIRS / f"{name}.json").read_text()))


def without_nulls(value):
    """A null counts as absent."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def faults(name, sent):
    return [f"{fault.instance_path}: {fault.message}" for fault in validator(name).iter_errors(without_nulls(sent))]
