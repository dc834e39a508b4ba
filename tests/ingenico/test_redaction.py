"""Printing, dumping or failing to build a model never shows what it hides; the request's body alone does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError

from ingenico.wire.bank_accounts import BankAccountIban
from ingenico.wire.base import MASK
from ingenico.wire.errors import ErrorAnswer
from ingenico.wire.hosted_checkouts import CreateHostedCheckoutAnswer, HostedCheckout
from ingenico.wire.mandates import CreateMandateAnswer
from ingenico.wire.payments import CreatePaymentAnswer, CreatePaymentRequest
from ingenico.wire.sessions import SessionAnswer
from ingenico.wire.tokens import CreateTokenAnswer, Token
from ingenico.wire.webhooks import EventBody
from tests.ingenico.generated import REQUESTS, instances, parts_of
from tests.ingenico.sdk_bodies import filled

ANSWERS = (
    CreatePaymentAnswer, ErrorAnswer, Token, CreateTokenAnswer, CreateMandateAnswer, SessionAnswer, HostedCheckout,
    CreateHostedCheckoutAnswer, EventBody,
)  # fmt: skip
# What nobody may read in a log, by Connect's names for it.
NEVER_SHOWN = {
    "cardNumber", "cvv", "expiryDate", "cardholderName", "iban", "accountNumber", "accountHolderName", "token",
    "tokens", "invalidTokens", "encryptedCustomerInput", "bin", "cavv", "RETURNMAC", "redirectURL",
    "partialRedirectUrl", "clientSessionId", "customerId",
}  # fmt: skip


def secrets(value):
    """Every hidden value inside of a model."""
    if isinstance(value, SecretStr):
        return [value.get_secret_value()]
    if isinstance(value, BaseModel):
        return [found for name in type(value).model_fields for found in secrets(getattr(value, name))]
    if isinstance(value, tuple):
        return [found for part in value for found in secrets(part)]
    return []


def shown(model):
    return "\n".join((repr(model), str(model), f"{model}", model.model_dump_json(), str(model.model_dump())))


def test_what_is_never_shown_is_hidden_wherever_it_stands():
    """Each field of such a name, in every model, is of the hidden type."""
    models = {part for model in (*REQUESTS.values(), *ANSWERS) for part in parts_of(model)}
    found = set()
    for model in models:
        for name, field in model.model_fields.items():
            # An event is about a token; the token inside of it is hidden.
            about = model is EventBody and name == "token"
            if field.alias in NEVER_SHOWN and not about:
                found.add(field.alias)
                assert "SecretStr" in str(field.annotation), f"{model.__name__}.{name}"
    # No model has a CVV at all.
    assert found == NEVER_SHOWN - {"cvv"}


@pytest.mark.parametrize("name", REQUESTS)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_requests_show_their_secrets_to_connect_alone(name, data):
    """Whatever is printed is masked, and what is sent is whole."""
    made = data.draw(instances(REQUESTS[name]))
    sent, printed = made.as_json().decode(), shown(made)
    for secret in secrets(made):
        assert secret in sent
        assert secret not in printed
    assert MASK not in sent


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("create_payment_response:CreatePaymentResponse", CreatePaymentAnswer),
        ("payment_error_response:PaymentErrorResponse", ErrorAnswer),
        ("token_response:TokenResponse", Token),
        ("create_token_response:CreateTokenResponse", CreateTokenAnswer),
        ("create_mandate_response:CreateMandateResponse", CreateMandateAnswer),
        ("session_response:SessionResponse", SessionAnswer),
        ("get_hosted_checkout_response:GetHostedCheckoutResponse", HostedCheckout),
        ("create_hosted_checkout_response:CreateHostedCheckoutResponse", CreateHostedCheckoutAnswer),
        ("webhooks_event:WebhooksEvent", EventBody),
    ],
)
def test_answers_never_show_their_secrets(name, model):
    """Each hidden field of an answer is masked in everything that a log could write."""
    told = _marked(filled(name))
    answer = model.model_validate(told)
    hidden = secrets(answer)
    assert hidden
    printed = shown(answer)
    assert [secret for secret in hidden if secret in printed] == []


def _marked(value, path="$"):
    """A body whose every text is its own place, so that a leak is found."""
    if isinstance(value, dict):
        return {name: _marked(part, f"{path}.{name}") for name, part in value.items()}
    if isinstance(value, list):
        return [_marked(part, f"{path}[{place}]") for place, part in enumerate(value)]
    return f"<{path}>" if isinstance(value, str) else value


def test_what_is_refused_is_told_without_its_content():
    """An error of a model names the field, and neither the IBAN nor the encrypted input beside it."""
    with pytest.raises(ValidationError) as raised:
        BankAccountIban.model_validate({"iban": "NL08INGB0000000555", "accountHolderName": ["Ruth Alder"]})
    assert "NL08" not in str(raised.value)
    assert "Ruth" not in str(raised.value)
    with pytest.raises(ValidationError) as raised:
        CreatePaymentRequest.model_validate({"encryptedCustomerInput": "eyJhbGci", "order": "eyJhbGci"})
    assert "eyJhbGci" not in str(raised.value)
