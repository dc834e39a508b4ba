"""Whatever a request model allows, the official schema of the same request allows too."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ingenico.wire.base import Sent
from ingenico.wire.captures import CapturePaymentRequest
from ingenico.wire.cards import CardPaymentMethodSpecificInput
from ingenico.wire.mandates import CreateMandateRequest
from ingenico.wire.payments import ApprovePaymentRequest, CreatePaymentRequest
from ingenico.wire.services import GetIinDetailsRequest
from ingenico.wire.tokens import CreateTokenRequest
from tests.ingenico.generated import REQUESTS, instances, parts_of

SCHEMAS = Path(__file__).parent / "data" / "schemas"
CARD = {"authorization_mode": "SALE", "requires_approval": False}


def schema(name):
    return jsonschema_rs.Draft4Validator(json.loads((SCHEMAS / f"{name}.json").read_text()))


def nulls(value, path="$"):
    if isinstance(value, dict):
        return [found for name, part in value.items() for found in nulls(part, f"{path}.{name}")]
    if isinstance(value, list):
        return [found for part in value for found in nulls(part, f"{path}[]")]
    return [path] if value is None else []


@pytest.mark.parametrize("name", REQUESTS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_request_is_valid_by_the_official_schema(name, data):
    """Names, types and nesting are the vendor's, nothing unknown is sent and no null."""
    sent = json.loads(data.draw(instances(REQUESTS[name])).as_json())
    assert [f"{e.instance_path}: {e.message}" for e in schema(name).iter_errors(sent)] == []
    assert nulls(sent) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_the_schemas_refuse_what_is_unknown(name):
    """The check above can fail: an unknown name and a null are errors of the schema."""
    validator = schema(name)
    known = next(iter(json.loads((SCHEMAS / f"{name}.json").read_text())["properties"]))
    for body in ({"surprise": 1}, {known: None}):
        assert not validator.is_valid(body)


def test_each_schema_has_its_request():
    """A schema that is added is held against a model."""
    assert {path.stem for path in SCHEMAS.iterdir()} == set(REQUESTS)


def test_every_part_of_a_request_is_frozen_and_closed():
    """No part takes a misspelt field, or changes after it was built."""
    parts = {part for model in REQUESTS.values() for part in parts_of(model)}
    assert len(parts) > 50
    for part in parts:
        assert issubclass(part, Sent), part
        with pytest.raises(ValidationError, match="surprise"):
            part(surprise=1)
        assert part.model_config["frozen"]


def test_no_request_carries_a_card_number():
    """A card is told by token or encrypted input: no request has a field for its number or its CVV."""
    parts = {part for model in REQUESTS.values() for part in parts_of(model)}
    fields = {field.alias for part in parts for field in part.model_fields.values()}
    assert "token" in fields
    assert not fields & {"cardNumber", "cvv", "partialPin", "networkToken"}


@pytest.mark.parametrize(
    ("model", "body", "words"),
    [
        (CapturePaymentRequest, {"amount": 0, "is_final": True}, "greater than 0"),
        (CapturePaymentRequest, {"amount": 1}, "isFinal"),
        (ApprovePaymentRequest, {}, "amount"),
        (ApprovePaymentRequest, {"amount": 1.0}, "integer"),
        (ApprovePaymentRequest, {"amount": True}, "integer"),
        (ApprovePaymentRequest, {"amount": 10**12}, "less than"),
        (GetIinDetailsRequest, {"bin": "4567350000427977"}, "six to eight digits"),
        (CreateTokenRequest, {"payment_product_id": 1}, "made of one thing"),
        (CreateTokenRequest, {"encrypted_customer_input": "e", "card": {"data": {"cardNumber": "4"}}}, "cardNumber"),
        (CardPaymentMethodSpecificInput, {"authorization_mode": "SALE"}, "requiresApproval"),
        (CardPaymentMethodSpecificInput, {**CARD, "authorization_mode": "sale"}, "PRE_AUTHORIZATION"),
        (
            CardPaymentMethodSpecificInput,
            {**CARD, "is_recurring": True, "unscheduled_card_on_file_requestor": "merchantInitiated"},
            "isRecurring",
        ),
    ],
)
def test_what_connect_would_misunderstand_is_not_built(model, body, words):
    """An amount left out would take everything; a contradiction would be resolved by Connect."""
    with pytest.raises(ValidationError, match=words):
        model(**body)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(instances(CreatePaymentRequest), instances(CreateMandateRequest))
def test_a_payment_is_paid_in_one_way(payment, mandate):
    """A second way to pay, none at all, and a signature that cannot come back are refused."""
    parts = {name: getattr(payment, name) for name in CreatePaymentRequest.model_fields}
    without = {name: part for name, part in parts.items() if not name.endswith("specific_input")}
    with pytest.raises(ValidationError, match="exactly one"):
        CreatePaymentRequest(**without)
    parts["card_payment_method_specific_input"] = CardPaymentMethodSpecificInput(**CARD)
    parts["redirect_payment_method_specific_input"] = {
        "paymentProductId": 809,
        "redirectionData": {"returnUrl": "https://a.example"},
    }
    with pytest.raises(ValidationError, match="exactly one"):
        CreatePaymentRequest(**parts)
    with pytest.raises(ValidationError, match="returnUrl"):
        CreateMandateRequest(**{**dict(mandate), "signature_type": "SMS", "return_url": None})
