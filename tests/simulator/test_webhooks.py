"""Events, as a receiver sees them, as the official SDK reads them, and as the control API tells of them."""

import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worldline.connect.sdk.communication.request_header import RequestHeader
from worldline.connect.sdk.json.default_marshaller import DefaultMarshaller
from worldline.connect.sdk.v1.webhooks.webhooks_helper import WebhooksHelper
from worldline.connect.sdk.webhooks.in_memory_secret_key_store import InMemorySecretKeyStore

from simulator.webhooks.deliveries import PAUSES

VERIFICATION = "X-GCS-Webhooks-Endpoint-Verification"
APPROVAL, REQUESTED = "payment.pending_approval", "payment.capture_requested"


class Receiver:
    """Takes events in. `answer` decides the status by the event; `echo` answers a verification."""

    def __init__(self):
        self.received = []
        self.answer = lambda _: 200
        self.echo = lambda value: ("text/plain", value)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((dict(self.headers), body))
                self.send_response(receiver.answer(json.loads(body)))
                self.end_headers()

            def do_GET(self):
                media_type, text = receiver.echo(self.headers[VERIFICATION])
                self.send_response(200)
                self.send_header("Content-Type", media_type)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"

    def events(self, about=""):
        events = [json.loads(body) for _, body in list(self.received)]
        return [event for event in events if about in json.dumps(event)]

    def types(self, about=""):
        return [event["type"] for event in self.events(about)]


@pytest.fixture
def make_receiver():
    started = []

    def begin():
        taking = Receiver()
        thread = threading.Thread(target=taking.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        started.append((taking, thread))
        return taking

    yield begin
    for taking, thread in started:
        taking.server.shutdown()
        taking.server.server_close()
        thread.join()


@pytest.fixture
def receiver(make_receiver):
    return make_receiver()


@pytest.fixture
def hooked(start, receiver):
    """A simulator whose changes come when the clock is moved, and that tells `receiver` of them."""
    return start(webhook_url=receiver.url, capture_delay_seconds=60, collect_delay_seconds=60)


def told(merchant, **query):
    return merchant.http.get("/simulator/webhooks", params=query).json()["webhooks"]


def misbehave(merchant, fault, **order):
    answered = merchant.http.post("/simulator/webhooks/faults", json={"fault": fault, **order})
    assert answered.status_code == 201, answered.text


def account(receiver, *, key="simulator-webhook-key", secret="simulator-webhook-secret", merchant_id="1234"):
    return {
        "merchant_id": merchant_id,
        "api_keys": [{"id": "simulator-key", "secret": "simulator-secret"}],
        "webhook_url": receiver.url,
        "webhook_keys": [{"id": key, "secret": secret}],
    }


def read(headers, body, **keys):
    """An event as the official SDK accepts it, with these keys alone."""
    store = InMemorySecretKeyStore.instance()
    store.clear()
    for key, secret in keys.items():
        store.store_secret_key(key.replace("_", "-"), secret)
    helper = WebhooksHelper(DefaultMarshaller.instance(), store)
    return helper.unmarshal(body, [RequestHeader(key, value) for key, value in headers.items()])


def test_each_change_of_status_is_announced_once(hooked, receiver, eventually):
    """One signed event per change in order, readable by the official SDK, with the payment as it was then."""
    payment_id = hooked.created(reference="hooked")
    hooked.approve(payment_id)
    hooked.advance(120)
    eventually(lambda: len(receiver.received) == 4)
    names = ["pending_approval", "capture_requested", "captured", "paid"]
    assert receiver.types() == [f"payment.{name}" for name in names]
    for (headers, body), name in zip(receiver.received, names, strict=True):
        event = read(headers, body, simulator_webhook_key="simulator-webhook-secret")
        assert (event.merchant_id, event.payment.id, event.payment.status) == ("1234", payment_id, name.upper())
    assert len({event["id"] for event in receiver.events()}) == 4
    lines = eventually(lambda: (found := told(hooked)) and found[-1]["state"] == "delivered" and found)
    assert [line["type"] for line in lines] == receiver.types()
    for line, (_, body) in zip(lines, receiver.received, strict=True):
        assert hooked.http.get(f"/simulator/webhooks/{line['event_id']}").content == body
        assert (line["attempts"], line["last_result"], line["merchant_reference"]) == (1, "200", "hooked")


def test_a_decline_and_a_refund_are_announced(hooked, receiver, eventually):
    """A rejected payment has its event; a refund has its own beside the payment's."""
    hooked.create(token="token-mastercard-declined")
    eventually(lambda: receiver.types() == ["payment.rejected"])
    payment_id = hooked.created(reference="refunded", authorizationMode="SALE")
    hooked.advance(120)
    content = {"amountOfMoney": {"amount": 12680, "currencyCode": "EUR"}}
    refund = hooked.send("POST", f"/v1/1234/payments/{payment_id}/refund", content).json()
    hooked.advance(2)
    eventually(lambda: "payment.refunded" in receiver.types())
    refunds = [event for event in receiver.events() if "refund" in event]
    assert [event["type"] for event in refunds] == ["refund.refund_requested", "refund.refunded"]
    assert {event["refund"]["id"] for event in refunds} == {refund["id"]}
    assert [event["refund"]["status"] for event in refunds] == ["REFUND_REQUESTED", "REFUNDED"]


def test_an_undelivered_event_is_tried_again(hooked, receiver, eventually):
    """A receiver that answers 500 once gets the same bytes again, and the next event after it."""
    receiver.answer = lambda _: 500 if len(receiver.received) == 1 else 204
    hooked.cancel(hooked.created())
    eventually(lambda: len(receiver.received) == 3)
    assert receiver.types() == [APPROVAL, APPROVAL, "payment.cancelled"]
    assert receiver.received[0][1] == receiver.received[1][1]


def test_the_schedule_runs_on_the_simulators_clock(start, receiver, eventually):
    """Each pause passes by moving the clock; after the last one the event is given up and the next one goes out."""
    receiver.answer = lambda event: 503 if event["type"] == APPROVAL else 200
    merchant = start(webhook_url=receiver.url)
    merchant.cancel(merchant.created(reference="patient"))
    for tries, pause in enumerate(PAUSES, 1):
        eventually(lambda tries=tries: [line for line in told(merchant)[:1] if line["attempts"] >= tries])
        merchant.advance(pause)
    eventually(lambda: receiver.types()[-1] == "payment.cancelled")
    assert len(receiver.received) == len(PAUSES) + 2
    first, second = eventually(lambda: (lines := told(merchant))[1]["delivered_at"] and lines)
    assert (first["state"], first["last_result"], second["state"]) == ("given_up", "503", "delivered")


def test_nobody_answers(start, make_receiver, eventually):
    """A refused connection is a failed try like any other."""
    gone = make_receiver()
    gone.server.server_close()
    merchant = start(webhook_url=gone.url)
    merchant.created()
    line = eventually(lambda: (lines := told(merchant)) and lines[0]["attempts"] and lines[0])
    assert line["state"] == "retrying"
    assert "Connect" in line["last_result"]


def test_one_object_does_not_hold_up_another(hooked, receiver, eventually):
    """While one payment's event is refused, all of another's go out; its own later ones wait."""
    receiver.answer = lambda event: 500 if "stuck" in json.dumps(event) else 200
    hooked.cancel(hooked.created(reference="stuck"))
    hooked.cancel(hooked.created(reference="free"))
    eventually(lambda: receiver.types("free") == [APPROVAL, "payment.cancelled"])
    assert set(receiver.types("stuck")) == {APPROVAL}
    receiver.answer = lambda _: 200
    hooked.advance(60)
    eventually(lambda: receiver.types("stuck")[-1] == "payment.cancelled")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(refused=st.sets(st.integers(0, 11)))
def test_at_least_once_and_in_order(shared_hooked, refused):
    """Whatever the receiver refuses, each event of a payment arrives, and none before its predecessors."""
    merchant, receiver, eventually = shared_hooked
    receiver.received.clear()
    tries = iter(range(1000))
    receiver.answer = lambda _: 500 if next(tries) in refused else 200
    payment_ids = [merchant.created() for _ in range(3)]
    for payment_id in payment_ids:
        merchant.cancel(payment_id)

    def arrived():
        merchant.advance(60)
        return all(receiver.types(payment_id)[-1:] == ["payment.cancelled"] for payment_id in payment_ids)

    eventually(arrived)
    for payment_id in payment_ids:
        types = receiver.types(payment_id)
        assert types == sorted(types, key=[APPROVAL, "payment.cancelled"].index)
        assert set(types) == {APPROVAL, "payment.cancelled"}


@pytest.fixture
def shared_hooked(hooked, receiver, eventually):
    return hooked, receiver, eventually


def test_waiting_events_survive_a_kill(spawn, receiver, eventually, monkeypatch):
    """What was not acknowledged when the simulator died is sent by the next one, under the same id."""
    receiver.answer = lambda _: 500
    monkeypatch.setenv("SIMULATOR_WEBHOOK_URL", receiver.url)
    first = spawn()
    first.wait_until_up().created(reference="kept")
    eventually(lambda: receiver.received)
    first.end(signal.SIGKILL)
    receiver.answer = lambda _: 200
    merchant = spawn().wait_until_up()
    merchant.advance(120)
    eventually(lambda: told(merchant)[0]["state"] == "delivered")
    assert len({body for _, body in receiver.received}) == 1


def test_changed_keys_sign_the_next_try(hooked, receiver, eventually):
    """A new webhook key takes effect for what was refused under the old one."""
    receiver.answer = lambda _: 500
    hooked.created()
    eventually(lambda: receiver.received)
    renewed = account(receiver, key="renewed", secret="another secret")
    assert hooked.http.put("/simulator/merchants", json=renewed).status_code == 200
    receiver.answer = lambda _: 200
    hooked.advance(120)
    eventually(lambda: told(hooked)[0]["state"] == "delivered")
    headers, body = receiver.received[-1]
    assert body == receiver.received[0][1]
    assert read(headers, body, renewed="another secret").type == APPROVAL
    assert read(*receiver.received[0], simulator_webhook_key="simulator-webhook-secret").type == APPROVAL


def test_each_account_has_its_own_receiver(start, make_receiver, body, eventually):
    """Events go to the account's own address under its own number; one without an address is told nothing."""
    mine, theirs = make_receiver(), make_receiver()
    merchant = start(webhook_url=mine.url)
    assert merchant.http.put("/simulator/merchants", json=account(theirs, merchant_id="77")).status_code == 200
    merchant.created()
    assert merchant.send("POST", "/v1/77/payments", body()).status_code == 201
    eventually(lambda: mine.received and theirs.received)
    assert [event["merchantId"] for event in mine.events()] == ["1234"]
    assert [event["merchantId"] for event in theirs.events()] == ["77"]


def test_an_address_without_a_key_is_refused(merchant, make_receiver):
    """Nothing could sign its events."""
    unsigned = {**account(make_receiver(), merchant_id="78"), "webhook_keys": []}
    answered = merchant.http.put("/simulator/merchants", json=unsigned)
    assert answered.status_code == 422
    assert "webhook_keys" in answered.text


def test_duplicate(hooked, receiver, eventually):
    """The same id comes twice, and a later order meets a later event."""
    misbehave(hooked, "duplicate", type=APPROVAL, merchant_reference_prefix="twice")
    hooked.created(reference="once")
    hooked.cancel(hooked.created(reference="twice"))
    eventually(lambda: receiver.types("twice") == [APPROVAL, APPROVAL, "payment.cancelled"])
    assert receiver.types("once") == [APPROVAL]
    assert len({event["id"] for event in receiver.events("twice")}) == 2
    assert [line["fault"] for line in told(hooked, merchant_reference_prefix="twice")] == [None, "duplicate", None]


def test_delay_keeps_the_order(hooked, receiver, eventually):
    """A delayed event waits on the simulator's clock, and what follows it of the same object waits too."""
    misbehave(hooked, "delay", seconds=1800, merchant_reference_prefix="late")
    hooked.cancel(hooked.created(reference="late"))
    hooked.created(reference="other")
    eventually(lambda: receiver.types("other"))
    assert receiver.types("late") == []
    assert [line["state"] for line in told(hooked, merchant_reference_prefix="late")] == ["waiting", "waiting"]
    hooked.advance(1800)
    eventually(lambda: receiver.types("late") == [APPROVAL, "payment.cancelled"])


def test_reorder(hooked, receiver, eventually):
    """The next event of the same object overtakes; where none follows, the hold ends by itself."""
    misbehave(hooked, "reorder", type=APPROVAL, count=2)
    hooked.cancel(hooked.created(reference="swapped"))
    eventually(lambda: receiver.types("swapped") == ["payment.cancelled", APPROVAL])
    hooked.created(reference="alone")
    eventually(lambda: told(hooked, merchant_reference_prefix="alone"))
    assert receiver.types("alone") == []
    hooked.advance(60)
    eventually(lambda: receiver.types("alone") == [APPROVAL])


def test_drop_and_send_again(hooked, receiver, eventually):
    """A dropped event is never sent, is marked, and can be asked for."""
    misbehave(hooked, "drop", type=APPROVAL)
    hooked.cancel(hooked.created(reference="lost"))
    eventually(lambda: receiver.types("lost") == ["payment.cancelled"])
    lost = told(hooked, type=APPROVAL, merchant_reference_prefix="lost")[0]
    assert (lost["state"], lost["fault"]) == ("dropped", "drop")
    again = hooked.http.post(f"/simulator/webhooks/{lost['event_id']}/redeliver")
    assert again.status_code == 202
    eventually(lambda: receiver.types("lost") == ["payment.cancelled", APPROVAL])
    assert told(hooked, after=again.json()["number"] - 1)[0]["event_id"] == lost["event_id"]
    assert hooked.http.post("/simulator/webhooks/nothing/redeliver").status_code == 404
    assert hooked.http.get("/simulator/webhooks/nothing").json() == {"detail": "there is no event 'nothing'"}


def test_a_rate_strikes_the_same_events_again(start, receiver, eventually):
    """The same seed drops the same events in another simulator; about as many as the rate says."""
    dropped = []
    for _ in range(2):
        merchant = start(webhook_url=receiver.url)
        misbehave(merchant, "drop", rate=0.5, seed=7, count=1000)
        for _ in range(24):
            merchant.created()
        lines = eventually(lambda merchant=merchant: len(found := told(merchant)) == 24 and found)
        dropped.append([line["fault"] for line in lines])
    assert dropped[0] == dropped[1]
    assert 6 <= dropped[0].count("drop") <= 18


def test_event_faults_are_listed_and_cleared(hooked):
    """A count is used up one by one; what is left can be read and cleared."""
    misbehave(hooked, "drop", type="payment.paid", count=3)
    (waiting,) = hooked.http.get("/simulator/webhooks/faults").json()["faults"]
    assert (waiting["fault"], waiting["type"], waiting["remaining"]) == ("drop", "payment.paid", 3)
    assert hooked.http.delete("/simulator/webhooks/faults").json() == {"cleared": 1}
    assert hooked.http.get("/simulator/webhooks/faults").json() == {"faults": []}


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"fault": "delay"}, "seconds"),
        ({"fault": "drop", "seconds": 3}, "seconds"),
        ({"fault": "lose"}, "duplicate"),
        ({"fault": "drop", "rate": 0}, "rate"),
        ({"fault": "drop", "tpye": "payment.paid"}, "tpye"),
        ({"fault": "drop", "type": "payment.payed"}, "payment.payed"),
    ],
)
def test_meaningless_event_faults_are_refused(merchant, order, reason):
    """What could never do what was meant is refused with the reason."""
    answered = merchant.http.post("/simulator/webhooks/faults", json=order)
    assert answered.status_code == 422
    assert reason in answered.text


@pytest.mark.parametrize(
    ("echo", "problem"),
    [
        (lambda value: ("text/plain; charset=utf-8", value), None),
        (lambda value: ("text/html", value), "text/html"),
        (lambda value: ("text/plain", value[1:]), VERIFICATION),
    ],
)
def test_an_endpoint_is_verified(hooked, receiver, echo, problem):
    """The random value of the header has to come back as text/plain."""
    receiver.echo = echo
    found = hooked.http.post("/simulator/merchants/1234/verify").json()
    assert found["verified"] == (problem is None)
    assert problem is None or problem in found["problem"]


def test_what_cannot_be_verified(start, merchant, make_receiver):
    """An unknown account, one without an address, and an address where nobody listens."""
    assert merchant.http.post("/simulator/merchants/999/verify").status_code == 404
    assert merchant.http.post("/simulator/merchants/1234/verify").status_code == 422
    gone = make_receiver()
    gone.server.server_close()
    found = start(webhook_url=gone.url).http.post("/simulator/merchants/1234/verify").json()
    assert (found["verified"], found["status"]) == (False, None)


def test_a_test_event(hooked, receiver, eventually):
    """Signed like any other, with an id that starts with TEST, and about no payment of the books."""
    event_id = hooked.http.post("/simulator/merchants/1234/test-event").json()["event_id"]
    assert event_id.startswith("TEST")
    eventually(lambda: receiver.received)
    event = read(*receiver.received[0], simulator_webhook_key="simulator-webhook-secret")
    assert (event.id, event.type) == (event_id, "payment.paid")
    assert hooked.get(event.payment.id).status_code == 404


def test_tokens_are_announced(hooked, receiver, eventually):
    """A token's making and its deletion; of the deleted one its id alone."""
    card = {"cardWithoutCvv": {"cardNumber": "4012000033330026", "expiryDate": "1249", "cardholderName": "W. Coyote"}}
    content = {"paymentProductId": 1, "card": {"customer": {"billingAddress": {"countryCode": "NL"}}, "data": card}}
    token = hooked.send("POST", "/v1/1234/tokens", content).json()["token"]
    assert hooked.send("DELETE", f"/v1/1234/tokens/{token}").status_code == 204
    eventually(lambda: receiver.types(token) == ["token.created", "token.deleted"])
    assert [event["token"] for event in receiver.events(token)][1] == {"id": token}


def test_a_bank_takes_the_money_back(hooked, receiver, eventually):
    """What happens to a payment long afterwards is announced like everything else."""
    hooked.created(reference="taken back", token="token-visa-chargeback", authorizationMode="SALE")
    hooked.advance(120 + 10 * 86_400)
    eventually(lambda: receiver.types("taken back")[-1:] == ["payment.chargebacked"])
    names = ["capture_requested", "captured", "paid", "chargeback_notification", "chargebacked"]
    assert receiver.types("taken back") == [f"payment.{name}" for name in names]
