"""What came of 3-D Secure and of the checks: in our words, and never the values that prove it."""

import pytest

from ingenico.authentication import authentication_of
from ingenico.wire.cards import CardPaymentMethodSpecificOutput

VISA, MASTERCARD = 1, 3


def output(product, **secure):
    told = {
        "paymentProductId": product,
        "fraudResults": {"avsResult": "Y", "cvvResult": "M", "fraudServiceResult": "accepted"},
        "threeDSecureResults": {"threeDSecureVersion": "2.2.0", **secure},
    }
    return CardPaymentMethodSpecificOutput.model_validate(told)


@pytest.mark.parametrize(
    ("product", "eci", "shifted"),
    [
        (VISA, "05", True),
        (VISA, "5", True),
        (VISA, "06", True),
        (VISA, "07", False),
        (MASTERCARD, "02", True),
        (MASTERCARD, "01", True),
        (MASTERCARD, "06", False),
        (MASTERCARD, "00", False),
        (VISA, "99", None),
        (VISA, "five", None),
        (VISA, None, None),
        (None, "05", None),
    ],
)
def test_who_is_liable_is_told_by_scheme(product, eci, shifted):
    """The same ECI means different things with Visa and Mastercard; an unknown one means nothing."""
    assert authentication_of(output(product, eci=eci)).liability_shifted is shifted


def test_the_proof_itself_is_not_kept():
    """That there is a cryptogram is told, its value is not; nor is a transaction id of the scheme."""
    told = authentication_of(output(VISA, eci="05", cavv="AAABBEg0VhI0VniQEjRWAAAAAAA=", xid="xid-value"))
    assert told.has_proof is True
    assert "AAABB" not in told.model_dump_json()
    assert "xid-value" not in told.model_dump_json()
    assert (told.avs_result, told.cvv_result, told.fraud_result) == ("Y", "M", "accepted")


def test_nothing_is_told_of_nothing():
    """A payment without 3-D Secure and without checks has no authentication to keep."""
    assert authentication_of(None) is None
    assert authentication_of(CardPaymentMethodSpecificOutput()) is None
