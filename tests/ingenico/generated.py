"""Any request that the wire models allow, made by hypothesis from the models themselves."""

import types
from typing import Annotated, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from ingenico.wire.base import Sent
from ingenico.wire.captures import CapturePaymentRequest
from ingenico.wire.cards import CardPaymentMethodSpecificInput
from ingenico.wire.direct_debits import (
    DirectDebitPaymentMethodSpecificInput,
    SepaDirectDebitPaymentMethodSpecificInput,
    SepaProduct771Input,
)
from ingenico.wire.disputes import CreateDisputeRequest
from ingenico.wire.hosted_checkouts import CreateHostedCheckoutRequest
from ingenico.wire.mandates import CreateMandateRequest
from ingenico.wire.payments import (
    ApprovePaymentRequest,
    CompletePaymentRequest,
    CreatePaymentRequest,
)
from ingenico.wire.refunds import ApproveRefundRequest, BankRefundInput, RefundRequest
from ingenico.wire.services import GetIinDetailsRequest
from ingenico.wire.sessions import SessionRequest
from ingenico.wire.tokens import CreateTokenRequest, MandateApproval, TokenizePaymentRequest, UpdateTokenRequest

# Each request body with the official schema of its name.
REQUESTS = {
    "CreatePaymentRequest": CreatePaymentRequest,
    "ApprovePaymentRequest": ApprovePaymentRequest,
    "CapturePaymentRequest": CapturePaymentRequest,
    "CompletePaymentRequest": CompletePaymentRequest,
    "RefundRequest": RefundRequest,
    "ApproveRefundRequest": ApproveRefundRequest,
    "CreateTokenRequest": CreateTokenRequest,
    "UpdateTokenRequest": UpdateTokenRequest,
    "ApproveTokenRequest": MandateApproval,
    "TokenizePaymentRequest": TokenizePaymentRequest,
    "CreateMandateRequest": CreateMandateRequest,
    "CreateHostedCheckoutRequest": CreateHostedCheckoutRequest,
    "SessionRequest": SessionRequest,
    "GetIINDetailsRequest": GetIinDetailsRequest,
    "CreateDisputeRequest": CreateDisputeRequest,
}

WAYS = tuple(name for name in CreatePaymentRequest.model_fields if name.endswith("specific_input"))
LEGACY = ("direct_debit_text", "date_collect", "is_recurring", "recurring_payment_sequence_indicator")
ACCOUNTS = ("sepa_direct_debit", "non_sepa_direct_debit")


def one_of(*names):
    """Alternatives of which each has one of the fields and none of the others."""
    return [({name}, set(names) - {name}) for name in names]


# The fields that depend on each other: alternatives of (must be there, must be absent), and fixed values.
CHOICES = {
    CreatePaymentRequest: one_of(*WAYS),
    CardPaymentMethodSpecificInput: [
        (set(), {"is_recurring"}),
        ({"is_recurring"}, {"unscheduled_card_on_file_requestor", "unscheduled_card_on_file_sequence_indicator"}),
    ],
    SepaProduct771Input: one_of("existing_unique_mandate_reference", "mandate"),
    SepaDirectDebitPaymentMethodSpecificInput: [
        ({"token"}, {"payment_product_771_specific_input"}),
        ({"payment_product_771_specific_input"}, {"token", *LEGACY}),
    ],
    DirectDebitPaymentMethodSpecificInput: [
        *one_of("token", "payment_product_730_specific_input"),
        (set(), {"token", "payment_product_730_specific_input"}),
    ],
    BankRefundInput: one_of("bank_account_iban", "bank_account_bban"),
    CreateTokenRequest: [
        ({"encrypted_customer_input"}, set(ACCOUNTS)),
        *(
            ({name, "payment_product_id"}, {"encrypted_customer_input", "card", *ACCOUNTS} - {name})
            for name in ACCOUNTS
        ),
    ],
    UpdateTokenRequest: one_of("card", *ACCOUNTS),
    CreateMandateRequest: [({"return_url"}, set()), (set(), {"return_url"})],
}
FIXED = {(GetIinDetailsRequest, "bin"): st.from_regex(r"[0-9]{6,8}", fullmatch=True).map(SecretStr)}
# Long enough to be found nowhere by accident.
SECRETS = st.integers(0, 10**9).map(lambda number: SecretStr(f"secret-{number:012d}-hidden"))


def limit(metadata, name):
    """The constraint of this name, wherever pydantic keeps it."""
    flat = [inner for part in metadata for inner in (part.metadata if isinstance(part, FieldInfo) else [part])]
    return next((value for part in flat if (value := getattr(part, name, None)) is not None), None)


def values(annotation, metadata=()):
    """Any value of a field's type."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(inner[0], (*metadata, *inner[1:]))
    if origin in {Union, types.UnionType}:
        return st.one_of(*(values(part, metadata) for part in inner if part is not type(None)))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple:
        most = 3 if inner[-1] is Ellipsis else len(inner)
        least = 0 if inner[-1] is Ellipsis else len(inner)
        return st.lists(values(inner[0]), min_size=least, max_size=most, unique=True).map(tuple)
    if annotation is SecretStr:
        return SECRETS
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        above = limit(metadata, "gt")
        least = limit(metadata, "ge") if above is None else above + 1
        return st.integers(least, limit(metadata, "le"))
    if annotation is str:
        pattern = limit(metadata, "pattern")
        if pattern:
            alphabet = st.characters(codec="ascii", exclude_categories=["Cc"])
            return st.from_regex(pattern.removeprefix("^").removesuffix("$"), fullmatch=True, alphabet=alphabet)
        return st.text(
            st.characters(exclude_categories=["Cs"]),
            min_size=limit(metadata, "min_length") or 0,
            max_size=limit(metadata, "max_length") or 12,
        )
    assert issubclass(annotation, Sent), annotation
    return instances(annotation)


@st.composite
def instances(draw, model):
    """Any instance of a request model, or of a part of one."""
    must, absent = draw(st.sampled_from(CHOICES.get(model, [(set(), set())])))
    chosen = {}
    for name, field in model.model_fields.items():
        there = field.is_required() or name in must or (name not in absent and draw(st.booleans()))
        if there:
            fixed = FIXED.get((model, name))
            chosen[name] = draw(values(field.annotation, tuple(field.metadata)) if fixed is None else fixed)
    fix(model, chosen)
    try:
        return model(**chosen)
    except ValidationError as error:
        raise AssertionError(f"{model.__name__}: {error}") from error


def fix(model, chosen):
    """Let one value follow from another where the API ties them."""
    if model is SepaDirectDebitPaymentMethodSpecificInput:
        chosen["payment_product_id"] = 770 if "token" in chosen else 771
    if model is CreateMandateRequest and "return_url" not in chosen:
        chosen["signature_type"] = "UNSIGNED"


def parts_of(model, seen=None):
    """A model and every model inside of it."""
    seen = {} if seen is None else seen
    if model not in seen:
        seen[model] = None
        for field in model.model_fields.values():
            for inner in _models(field.annotation):
                parts_of(inner, seen)
    return list(seen)


def _models(annotation):
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
