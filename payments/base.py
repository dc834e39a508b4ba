"""The one base of every value in the core: frozen, exact, closed to unknown fields."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. An unknown field is an error, so that a misspelt one is never ignored."""

    # What is wrong is told without its content: that may be a card number, and errors end up in logs.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
