"""What a Temporal namespace must have before payments run in it."""

from workflows.search_attributes import ALL as SEARCH_ATTRIBUTES

__all__ = ["SEARCH_ATTRIBUTES"]
