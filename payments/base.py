"""The one base of every value in the core: frozen, exact, closed to unknown fields."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. An unknown field is an error, so that a misspelt one is never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")
