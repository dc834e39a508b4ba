"""Where the typed values belong in a request: it is then read as if the merchant had sent them in the open."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.client_sessions import renewal, sealed
from simulator.client_sessions.sealed import Typed
from simulator.kernel import errors
from simulator.kernel.calls import Call, Json
from simulator.kernel.desk import Desk
from simulator.payments.debit_input import ACH, SEPA_BY_MANDATE, SEPA_BY_TOKEN
from simulator.products.table import CARD, IDEAL, PRODUCTS

Path = tuple[str, ...]
_CARD = ("cardNumber", "expiryDate", "cardholderName")
_BBAN, _IBAN = ("accountNumber", "bankCode", "accountHolderName"), ("iban", "accountHolderName")
_NAME: Path = ("personalInformation", "name")
_CUSTOMER: Mapping[str, Path] = {
    "firstName": _NAME, "surname": _NAME, "street": ("billingAddress",), "houseNumber": ("billingAddress",),
    "city": ("billingAddress",), "zip": ("billingAddress",),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A request's fields with the typed values in their places. `typed` is None when nothing was encrypted."""

    fields: Json
    typed: Typed | None = None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The block of a product, the place of each value below it, and where a customer's own data belongs."""

    block: str
    places: Mapping[str, Path] = field(default_factory=dict)
    customer: Path = ()
    dropped: frozenset[str] = frozenset()


def opened(desk: Desk, call: Call) -> Opened:
    """The fields of create payment. Raises Refusal for an input that is not acceptable; `spend` follows at the end."""
    typed = sealed.read(desk, call)
    if typed is None:
        return Opened(fields=call.fields)
    layout = _payment_layout(typed)
    block = _filled(call, typed, layout)
    given = block.setdefault(layout.block, {})
    assert isinstance(given, dict)
    _agree(given, f"{layout.block}.paymentProductId", typed)
    if typed.token is not None:
        _put(given, ("token",), typed.token, told=f"{layout.block}.token")
    if typed.tokenize:
        given.setdefault("tokenize", True)
    return Opened(fields=block, typed=typed)


def opened_token(desk: Desk, call: Call) -> Opened:
    """The same for create token: a security code belongs in no token, an account on file has one already."""
    typed = sealed.read(desk, call)
    if typed is None:
        return Opened(fields=call.fields)
    layout = _token_layout(typed.product)
    if typed.token is not None or layout is None:
        raise sealed.refused("NO TOKEN CAN BE MADE OF IT")
    content = _filled(call, typed, layout)
    _agree(content, "paymentProductId", typed)
    return Opened(fields=content, typed=typed)


def spend(desk: Desk, call: Call, used: Opened) -> None:
    """Let the input be used no more; called when all that it was used for is written."""
    if used.typed is not None:
        sealed.spend(desk, call, used.typed)


def renew(desk: Desk, call: Call, used: Opened) -> None:
    """Keep what the page renewed of an account on file; called when the payment was not declined."""
    if used.typed is not None:
        renewal.renew(desk, call, used.typed)


def _filled(call: Call, typed: Typed, layout: Layout) -> Json:
    """The request without the encrypted text, and with the values. What the merchant tells of a customer stays."""
    content = copy.deepcopy({name: value for name, value in call.fields.items() if name != sealed.FIELD})
    for key, value in typed.values.items():
        if key in layout.places:
            path = (layout.block, *layout.places[key], key)
            _put(content, path, value, told=".".join(path))
        elif layout.customer and key in _CUSTOMER:
            _put(content, (*layout.customer, *_CUSTOMER[key], key), value)
        elif key not in layout.dropped:
            raise sealed.refused(f"PRODUCT {typed.product} HAS NO FIELD OF THE NAME OF ONE OF ITS paymentValues")
    return content


def _put(content: Json, path: Path, value: str, *, told: str = "") -> None:
    """Put a value at a path; one that is there stays, or is refused under the name `told`."""
    here = content
    for name in path[:-1]:
        below = here.setdefault(name, {})
        assert isinstance(below, dict)
        here = below
    if told and path[-1] in here:
        raise errors.refuse(400, errors.invalid_value(told, f"{told} MUST NOT BE GIVEN BESIDE {sealed.FIELD}"))
    here.setdefault(path[-1], value)


def _agree(given: Json, path: str, typed: Typed) -> None:
    """The product is the one that was chosen on the page; a merchant who names another one is mistaken."""
    if given.setdefault("paymentProductId", typed.product) != typed.product:
        raise errors.refuse(400, errors.invalid_value(path, f"{path} IS NOT THE PRODUCT OF {sealed.FIELD}"))


def _payment_layout(typed: Typed) -> Layout:
    product = typed.product
    if PRODUCTS[product].method == CARD:
        return Layout(block="cardPaymentMethodSpecificInput", places=_below(("card",), *_CARD, "cvv"))
    if product == ACH:
        places = _below(("paymentProduct730SpecificInput", "bankAccountBban"), *_BBAN)
        return Layout(block="directDebitPaymentMethodSpecificInput", places=places, customer=("order", "customer"))
    if product in {SEPA_BY_TOKEN, SEPA_BY_MANDATE}:
        account: Path = ("paymentProduct771SpecificInput", "mandate", "customer", "bankAccountIban")
        if product == SEPA_BY_TOKEN and typed.values:
            raise sealed.refused("VALUES OF PRODUCT 770 MAKE A TOKEN, NOT A PAYMENT")
        return Layout(block="sepaDirectDebitPaymentMethodSpecificInput", places=_below(account, *_IBAN))
    places = _below(("paymentProduct809SpecificInput",), "issuerId") if product == IDEAL else {}
    return Layout(block="redirectPaymentMethodSpecificInput", places=places)


def _token_layout(product: int) -> Layout | None:
    if PRODUCTS[product].method == CARD:
        return Layout(block="card", places=_below(("data", "cardWithoutCvv"), *_CARD), dropped=frozenset({"cvv"}))
    if product == ACH:
        account: Path = ("mandate", "paymentProduct730SpecificData", "bankAccountBban")
        customer: Path = ("nonSepaDirectDebit", "customer")
        return Layout(block="nonSepaDirectDebit", places=_below(account, *_BBAN), customer=customer)
    if product == SEPA_BY_TOKEN:
        return Layout(block="sepaDirectDebit", places=_below(("mandate", "bankAccountIban"), *_IBAN))
    return None


def _below(path: Path, *names: str) -> dict[str, Path]:
    return dict.fromkeys(names, path)
