"""What a person has to look at."""

from typing import Literal

from payments.events.base import Event


class AttentionNeeded(Event):
    """Something only a person can settle; the sentence says what happened and what to do."""

    kind: Literal["attention_needed"] = "attention_needed"
    sentence: str


class AttentionSettled(Event):
    """What needed a person no longer does. Its subject is the cause's."""

    kind: Literal["attention_settled"] = "attention_settled"
