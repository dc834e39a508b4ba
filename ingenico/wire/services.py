"""Small questions.

Sources: `test_connection.py`, `get_iin_details_request.py`, `payment_context.py`, `get_iin_details_response.py`,
`iin_detail.py`, `convert_amount.py`.
"""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from ingenico.wire.base import Beside, CountryCode, Flag, Hidden, Received, Sent
from ingenico.wire.money import AmountOfMoney


def _six_to_eight_digits(value: SecretStr) -> SecretStr:
    digits = value.get_secret_value()
    if not (6 <= len(digits) <= 8 and digits.isascii() and digits.isdigit()):
        raise ValueError("a bank identification number has six to eight digits: more of a card number is not taken")
    return value


class ConnectionAnswer(Received):
    """The answer to `GET /services/testconnection`."""

    result: str


class PaymentContext(Sent):
    """For which payment the question is asked."""

    amount_of_money: AmountOfMoney
    country_code: CountryCode
    is_recurring: Flag | None = None


class GetIinDetailsRequest(Sent):
    """`POST /services/getIINdetails`."""

    bin: Annotated[Hidden, AfterValidator(_six_to_eight_digits)]
    """By the SDK: "The first digits of the credit card number from left to right with a minimum of 6 digits"."""
    payment_context: PaymentContext | None = None


class IinDetail(Received):
    """One of a card's brands."""

    payment_product_id: int | None = None
    is_allowed_in_context: bool | None = None


class IinDetailsAnswer(Received):
    """Whose card it is."""

    payment_product_id: int | None = None
    country_code: str | None = None
    """Where the card was issued; 99 when it is not known."""
    issuer_name: str | None = None
    bin_product_type: str | None = None
    """CONSUMER, COMMERCIAL, VIRTUAL, ALL, OTHER."""
    is_allowed_in_context: bool | None = None
    """Populated only if you submitted a payment context."""
    co_brands: Beside[tuple[IinDetail, ...]] = None


class ConvertAmountAnswer(Received):
    """The answer to `GET /services/convert/amount`."""

    converted_amount: Annotated[int, Field(ge=0)]
    """Converted amount in cents and having 2 decimal."""
