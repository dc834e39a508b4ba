"""Events, as a receiver sees them and as the official SDK reads them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from worldline.connect.sdk.communication.request_header import RequestHeader
from worldline.connect.sdk.json.default_marshaller import DefaultMarshaller
from worldline.connect.sdk.v1.webhooks.webhooks_helper import WebhooksHelper
from worldline.connect.sdk.webhooks.in_memory_secret_key_store import InMemorySecretKeyStore


class Receiver:
    """Takes events in; refuses the first `failures` of them."""

    def __init__(self):
        self.received, self.failures = [], 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((dict(self.headers), body))
                self.send_response(500 if len(receiver.received) <= receiver.failures else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"

    def types(self):
        return [json.loads(body)["type"] for _, body in self.received]


@pytest.fixture
def receiver():
    taking = Receiver()
    thread = threading.Thread(target=taking.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield taking
    taking.server.shutdown()
    taking.server.server_close()
    thread.join()


def test_each_change_of_status_is_announced_once(start, receiver, eventually):
    """One signed event per change in order, readable by the official SDK, with the payment as it was then."""
    merchant = start(webhook_url=receiver.url)
    payment_id = merchant.created(reference="hooked")
    merchant.approve(payment_id)
    merchant.advance(4)
    eventually(lambda: len(receiver.received) == 4)
    names = ["pending_approval", "capture_requested", "captured", "paid"]
    assert receiver.types() == [f"payment.{name}" for name in names]
    keys = InMemorySecretKeyStore.instance()
    keys.store_secret_key("simulator-webhook-key", "simulator-webhook-secret")
    helper = WebhooksHelper(DefaultMarshaller.instance(), keys)
    for (headers, body), name in zip(receiver.received, names, strict=True):
        event = helper.unmarshal(body, [RequestHeader(key, value) for key, value in headers.items()])
        assert (event.merchant_id, event.payment.id, event.payment.status) == ("1234", payment_id, name.upper())
    keys.clear()
    assert len({json.loads(body)["id"] for _, body in receiver.received}) == 4


def test_an_undelivered_event_is_tried_again(start, receiver, eventually):
    """A receiver that answers 500 gets the same event again, and the next one after it."""
    receiver.failures = 1
    merchant = start(webhook_url=receiver.url)
    merchant.cancel(merchant.created())
    eventually(lambda: len(receiver.received) == 3)
    assert receiver.types() == ["payment.pending_approval"] * 2 + ["payment.cancelled"]
    assert receiver.received[0][1] == receiver.received[1][1]


def test_a_decline_is_announced(start, receiver, eventually):
    """A rejected payment has its event too."""
    start(webhook_url=receiver.url).create(token="token-mastercard-declined")
    eventually(lambda: receiver.types() == ["payment.rejected"])
