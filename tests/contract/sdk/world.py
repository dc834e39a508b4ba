"""One simulator with three accounts, and the official SDK signed in to each of them."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.capture_payment_request import CapturePaymentRequest
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest

from tests.contract.sdk.tape import RecordingConnection, RecordingMarshaller, Tape
from tests.simulator.conftest import Merchant, running

# One capture a payment; several captures; refunds that wait for approval.
ONE, SEVERAL, CAREFUL = "1234", "2222", "3333"
KEY = {"id": "simulator-key", "secret": "simulator-secret"}
MORE = (
    {"merchant_id": SEVERAL, "api_keys": [KEY], "multiple_captures": True},
    {"merchant_id": CAREFUL, "api_keys": [KEY], "refunds_require_approval": True},
)
# Seconds from one status to the next, which no slow machine reaches by itself: plans move the clock.
DELAY = 60
NAMES = itertools.count(1)


def new_name() -> str:
    """A merchant reference that nobody else uses."""
    return f"sdk-{next(NAMES)}"


def new_card() -> str:
    """A Visa number that nobody else uses, with its check digit."""
    first = f"49{next(NAMES):013d}"
    doubled = [int(sign) * (2 - place % 2) for place, sign in enumerate(first)]
    return first + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def new_iban() -> str:
    """A Dutch account that nobody else has."""
    number = f"{next(NAMES):010d}"
    digits = "".join(str(int(sign, 36)) for sign in f"INGB{number}NL00")
    return f"NL{98 - int(digits) % 97:02d}INGB{number}"


def body(kind, content):
    """A request of the SDK from its JSON; a name that the SDK does not know is a mistake of the test."""
    request = kind().from_dictionary(content)
    assert request.to_dictionary() == content
    return request


def order(amount=12680, currency="EUR", **references):
    """The order of a payment."""
    return {
        "amountOfMoney": {"amount": amount, "currencyCode": currency},
        "customer": {"merchantCustomerId": "7", "locale": "nl_NL", "billingAddress": {"countryCode": "NL"}},
        "references": {"merchantReference": new_name(), **references},
    }


def money(amount, currency="EUR"):
    return {"amountOfMoney": {"amount": amount, "currencyCode": currency}}


class World:
    """The SDK on one account, and short ways to the states that a call needs."""

    def __init__(self, merchant: Merchant, account: str = ONE, *, secret: str = KEY["secret"]) -> None:
        self.merchant = merchant
        self.account = account
        self.tape = Tape()
        configuration = CommunicatorConfiguration(
            api_endpoint=merchant.url,
            authorization_type="v1HMAC",
            authorization_id=KEY["id"],
            authorization_secret=secret,
            integrator="tests",
        )
        self.client = Factory.create_client_from_configuration(
            configuration, connection=RecordingConnection(self.tape), marshaller=RecordingMarshaller(self.tape)
        )
        self.sdk = self.client.v1().merchant(account)

    def method(self, name):
        """The SDK's bound method of a name such as `payments.create`."""
        resource, method = name.split(".")
        return getattr(getattr(self.sdk, resource)(), method)

    def advance(self, seconds):
        self.merchant.advance(seconds)

    def create(self, amount=12680, *, key=None, token="token-visa-approved", currency="EUR", **card):
        """A card payment as the SDK answers it."""
        request = card_payment(amount, token=token, currency=currency, **card)
        return self.sdk.payments().create(request, key and CallContext(key))

    def held(self, amount=12680, **card):
        """The id of a payment that waits for its capture."""
        return self.create(amount, **card).payment.id

    def approved(self, amount=12680):
        """The id of a payment whose capture is queued."""
        payment_id = self.held(amount)
        self.sdk.payments().approve(payment_id, ApprovePaymentRequest())
        return payment_id

    def captured(self, amount=12680, **card):
        """The id of a payment that is CAPTURED."""
        payment_id = self.held(amount, authorizationMode="SALE", **card)
        self.advance(DELAY)
        return payment_id

    def capture(self, amount=5000, *, hold=12680):
        """The id of a first, partial capture, on the account that has several."""
        return self.sdk.payments().capture(self.held(hold), body(CapturePaymentRequest, {"amount": amount})).id

    def refund(self, amount=1000, *, of=12680):
        """The id of a new refund."""
        return self.sdk.payments().refund(self.captured(of), body(RefundRequest, money(amount))).id


def card_payment(amount=12680, *, token="token-visa-approved", currency="EUR", **card):
    """A create payment with a card."""
    source = {"token": token} if token and "card" not in card else {}
    content = {
        "order": order(amount, currency),
        "cardPaymentMethodSpecificInput": {**source, "authorizationMode": "PRE_AUTHORIZATION", **card},
    }
    return body(CreatePaymentRequest, content)


@contextmanager
def opened() -> Iterator[dict[str, World]]:
    """A fresh simulator and one world for each account."""
    with running(capture_delay_seconds=DELAY, collect_delay_seconds=DELAY, more_merchants=MORE) as merchant:
        worlds = {account: World(merchant, account) for account in (ONE, SEVERAL, CAREFUL)}
        try:
            yield worlds
        finally:
            for world in worlds.values():
                world.client.close()
