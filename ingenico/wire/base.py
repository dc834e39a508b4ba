"""What all of Connect's JSON has in common: what is sent, what is read, and what is never shown."""

from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

MASK = "**********"
# Nobody else can have it: a model is revealed where it becomes a request's body, and nowhere else.
_ON_THE_WIRE = object()

Part = TypeVar("Part")


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _revealed(value: SecretStr, info: SerializationInfo) -> str:
    return value.get_secret_value() if info.context is _ON_THE_WIRE else MASK


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 (whatever the part is)
    try:
        return read(value)
    except ValidationError:
        return None


Hidden = Annotated[
    SecretStr, BeforeValidator(_as_text), PlainSerializer(_revealed, return_type=str, when_used="unless-none")
]
"""Card data, account numbers, tokens, encrypted input: neither `repr` nor `model_dump_json` shows it."""

Beside = Annotated[Part | None, WrapValidator(_or_none)]
"""A part of an answer that stands beside the payment: unreadable, it is absent, and the payment is not lost."""

Cents = Annotated[int, Field(ge=0, le=999_999_999_999, strict=True)]
"""An amount that is sent: hundredths of the currency, at most twelve digits."""
Flag = Annotated[bool, Field(strict=True)]
ProductId = Annotated[int, Field(ge=1, le=2_147_483_647, strict=True)]
"""A payment product: 1 Visa, 3 Mastercard, 730 ACH, 770 and 771 SEPA direct debit, 809 iDEAL | Wero."""
Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
"""YYYYMMDD."""
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
MerchantReference = Annotated[str, StringConstraints(min_length=1, max_length=30)]
"""By `order_references.py` at most 30 characters "for transactions processed on the GlobalCollect platform"."""
ReturnUrl = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://[^\s]+$")]
"""`redirection_data.py`: "absolute and contain the https:// protocol. IP addresses are not supported, neither
localhost"; an app's own protocol is allowed. What a simulator on this machine needs differs, so only the form is held
here."""


class Sent(BaseModel):
    """Part of a request: only documented fields, and none of them null."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )

    def as_json(self) -> bytes:
        """Return the body as sent, UTF-8, hidden values included. For the socket alone."""
        return self.model_dump_json(by_alias=True, exclude_none=True, context=_ON_THE_WIRE).encode()


class Received(BaseModel):
    """Part of an answer: fields that we do not know are ignored, since Connect adds some without a new version.

    A code that arrives as a number where text is documented is no reason to lose sight of a payment.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )


def given(*parts: object) -> int:
    """Return how many of the parts are there."""
    return sum(part is not None for part in parts)
