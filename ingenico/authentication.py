"""What came of 3-D Secure and of the checks of address and card, in our words, without any value that proves it.

ECI by scheme, from `external_cardholder_authentication_data.py` of the official Python SDK 6.3.0: authenticated is 02
for Mastercard and 05 for others, attempted 01 and 06; 06 of Mastercard and 07 of the others are neither.
"""

from ingenico.wire.cards import CardFraudResults, CardPaymentMethodSpecificOutput
from ingenico.wire.three_d_secure import ThreeDSecureResults
from payments.events import Authentication

# Payment products that use Mastercard's values: Mastercard, Maestro.
_MASTERCARD = {3, 117, 119}
_SHIFTED = {True: {1: True, 2: True, 0: False, 6: False, 7: False}, False: {5: True, 6: True, 7: False, 0: False}}


def authentication_of(card: CardPaymentMethodSpecificOutput | None) -> Authentication | None:
    """Translate what stands beside a card payment; None when nothing was told."""
    if card is None or (card.three_d_secure_results is None and card.fraud_results is None):
        return None
    secure = card.three_d_secure_results or ThreeDSecureResults()
    checks = card.fraud_results or CardFraudResults()
    exemption = secure.exemption_output
    return Authentication(
        version=secure.three_d_secure_version,
        eci=secure.eci,
        method=secure.three_d_secure_data.method if secure.three_d_secure_data else None,
        liability_shifted=_is_shifted(secure.eci, card.payment_product_id),
        has_proof=bool((secure.cavv and secure.cavv.get_secret_value()) or secure.xid),
        exemption=secure.applied_exemption or (exemption.exemption_raised if exemption else None),
        exemption_rejected=exemption.exemption_rejection_reason if exemption else None,
        avs_result=checks.avs_result,
        cvv_result=checks.cvv_result,
        fraud_result=checks.fraud_service_result,
    )


def _is_shifted(eci: str | None, product: int | None) -> bool | None:
    if eci is None or not eci.isdecimal() or product is None:
        return None
    return _SHIFTED[product in _MASTERCARD].get(int(eci))
