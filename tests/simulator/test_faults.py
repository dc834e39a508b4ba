"""Each fault, down to the bytes on the socket, and what it leaves in the books."""

import re
import threading
import time

import pytest

from simulator import api

CREATE = "/v1/1234/payments"
ERROR = "9999"


def statuses(merchant, prefix):
    return [
        (entry["status"], entry["processed"], entry["replayed"], entry["fault"])
        for entry in merchant.requests(merchant_reference_prefix=prefix)
    ]


def test_fail_before_leaves_nothing(merchant, recorded):
    """The official 500 comes back, nothing was done, and a repeat goes through as a first request."""
    merchant.fault("fail_before", operation="payments.create")
    answered = merchant.create(reference="fail-before", key="fail-before")
    official = recorded("sdk-unknownServerError")["errors"][0]
    assert answered.status_code == 500
    assert official.items() <= answered.json()["errors"][0].items()
    assert merchant.books("fail-before") == []
    assert merchant.create(reference="fail-before", key="fail-before").status_code == 201
    assert statuses(merchant, "fail-before") == [
        (500, False, False, "fail_before"),
        (201, True, False, None),
    ]


def test_fail_after_has_done_it(merchant):
    """The payment exists behind the 503, and the same key tells of it."""
    merchant.fault("fail_after", operation="payments.create", status=503)
    assert merchant.create(reference="fail-after", key="fail-after").status_code == 503
    assert len(merchant.books("fail-after")) == 1
    assert merchant.create(reference="fail-after", key="fail-after").status_code == 201
    assert statuses(merchant, "fail-after") == [(503, True, False, "fail_after"), (201, False, True, None)]


@pytest.mark.parametrize(("fault", "made"), [("fail_after", 1), ("fail_before", 0)])
def test_a_sticky_failure_kills_its_key(merchant, fault, made):
    """The 5xx is kept under the key and replayed for ever, whether or not the payment exists."""
    name = f"sticky-{made}"
    merchant.fault(fault, operation="payments.create", sticky=True)
    answers = [merchant.create(reference=name, key=name) for _ in range(3)]
    assert {answered.status_code for answered in answers} == {500}
    assert len({answered.content for answered in answers}) == 1
    assert "X-GCS-Idempotence-Request-Timestamp" in answers[1].headers
    assert len(merchant.books(name)) == made


@pytest.mark.parametrize(("fault", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_drops_reset_the_connection(merchant, body, fault, made):
    """Not one byte comes back, the connection is reset, and the payment exists or not."""
    name = f"{fault}-payment"
    merchant.fault(fault, operation="payments.create")
    assert isinstance(merchant.read_raw(merchant.raw("POST", CREATE, body(reference=name))), ConnectionResetError)
    assert len(merchant.books(name)) == made
    assert statuses(merchant, name) == [(None, bool(made), False, fault)]


def test_half_an_answer(merchant, body):
    """The header promises more bytes than come before the end; the payment exists."""
    merchant.fault("half_answer", operation="payments.create")
    received = merchant.read_raw(merchant.raw("POST", CREATE, body(reference="half")))
    head, _, rest = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201")
    promised = next(int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    assert 0 < len(rest) < promised
    assert len(merchant.books("half")) == 1
    assert statuses(merchant, "half") == [(201, True, False, "half_answer")]


def test_slow_is_done_after_its_wait(merchant, eventually):
    """A slow request is seen while it waits, repeats meet 409 meanwhile, and it is done in the end."""
    merchant.fault("slow", seconds=0.4, operation="payments.create")
    began = time.monotonic()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(merchant.create(reference="slow", key="slow").status_code))
    thread.start()
    eventually(lambda: statuses(merchant, "slow") == [(None, False, False, "slow")])
    answered = merchant.create(reference="slow", key="slow")
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (409, "1409")
    assert "X-GCS-Idempotence-Request-Timestamp" in answered.headers
    assert merchant.books("slow") == []
    thread.join()
    assert answers == [201]
    assert time.monotonic() - began >= 0.4
    assert merchant.create(reference="slow", key="slow").status_code == 201


def test_the_caller_who_left_is_still_served(merchant, body, eventually):
    """A client that gives up waiting does not undo its request."""
    merchant.fault("slow", seconds=0.3, operation="payments.create")
    with pytest.raises(TimeoutError):
        merchant.read_raw(merchant.raw("POST", CREATE, body(reference="left")), timeout=0.1)
    eventually(lambda: merchant.books("left"))


def test_lag_shows_the_past(start):
    """Lookups tell the state of some seconds ago; a payment younger than that is not there."""
    merchant = start(capture_delay_seconds=60)
    payment_id = merchant.created(reference="lag")
    merchant.fault("lag", seconds=5, count=2)
    assert merchant.get(payment_id).status_code == 404
    assert merchant.send("GET", f"{CREATE}?merchantReference=lag").json()["totalCount"] == 0
    merchant.advance(10)
    merchant.approve(payment_id)
    merchant.fault("lag", seconds=5, count=2)
    assert merchant.status(payment_id) == "PENDING_APPROVAL"
    found = merchant.send("GET", f"{CREATE}?merchantReference=lag").json()
    assert found["payments"][0]["status"] == "PENDING_APPROVAL"
    assert merchant.status(payment_id) == "CAPTURE_REQUESTED"


@pytest.mark.parametrize("operation", api.OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_can_fail(merchant, operation):
    """A fault meets its own operation, whatever is sent to it, and lets the others pass."""
    path = f"{operation.root}/1234{re.sub('{[^}]+}', 'x', operation.path)}"
    other = "/v1/1234/services/testconnection" if operation.name != "services.testconnection" else CREATE
    merchant.fault("fail_before", operation=operation.name, status=503)
    assert merchant.send("GET", other).status_code == 200
    answered = merchant.send(operation.method, path, {} if operation.schema else None)
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (503, ERROR)
    assert merchant.send(operation.method, path, {} if operation.schema else None).status_code != 503


def test_in_progress(merchant):
    """A create meets 409 as if its first request still ran; nothing was done, and the repeat goes through."""
    merchant.fault("in_progress", operation="payments.create")
    answered = merchant.create(reference="in-progress", key="in-progress")
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (409, "1409")
    assert "X-GCS-Idempotence-Request-Timestamp" in answered.headers
    assert merchant.books("in-progress") == []
    assert merchant.create(reference="in-progress", key="in-progress").status_code == 201


def test_a_rate_strikes_about_as_many_and_the_same_ones(start):
    """The same seed strikes the same requests in two simulators, another seed others."""

    def struck(seed):
        merchant = start()
        merchant.fault("fail_before", operation="services.testconnection", count=1000, rate=0.3, seed=seed)
        ask = [merchant.send("GET", "/v1/1234/services/testconnection").status_code == 500 for _ in range(100)]
        (waiting,) = merchant.http.get("/simulator/faults").json()["faults"]
        assert waiting["remaining"] == 1000 - sum(ask)
        return ask

    first = struck(1)
    assert 15 <= sum(first) <= 45
    assert struck(1) == first
    assert struck(2) != first


def test_a_spared_request_meets_the_next_fault(merchant):
    """One that a rate lets pass is met by the next order that fits."""
    merchant.fault("fail_before", operation="payments.find", rate=0.000001, status=501)
    merchant.fault("fail_before", operation="payments.find", status=502)
    assert merchant.send("GET", CREATE).status_code == 502
    assert merchant.send("GET", CREATE).status_code == 200


def test_a_prefix_spares_the_others(merchant):
    """A fault with a prefix waits for a reference that begins with it, in approve as in create."""
    merchant.fault("fail_after", merchant_reference_prefix="main-", count=2)
    other = merchant.created(reference="other-1")
    assert merchant.approve(other).status_code == 200
    assert merchant.create(reference="main-1").status_code == 500
    (line,) = merchant.books("main-1")
    assert merchant.approve(line["payment_id"]).status_code == 500
    assert merchant.status(line["payment_id"]) == "CAPTURE_REQUESTED"


def test_faults_are_counted_listed_and_cleared(merchant):
    """A count is used up one by one; what is left can be read and cleared."""
    merchant.fault("fail_before", count=3, operation="payments.find")
    merchant.send("GET", CREATE)
    (waiting,) = merchant.http.get("/simulator/faults").json()["faults"]
    assert (waiting["fault"], waiting["count"], waiting["remaining"]) == ("fail_before", 3, 2)
    assert merchant.http.delete("/simulator/faults").json() == {"cleared": 1}
    assert merchant.send("GET", CREATE).status_code == 200


def test_unsigned_requests_use_up_no_fault(merchant):
    """A fault waits for a request that would have been served."""
    merchant.fault("fail_before")
    assert merchant.http.get(CREATE).status_code == 403
    assert len(merchant.http.get("/simulator/faults").json()["faults"]) == 1


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"fault": "explode"}, "slow"),
        ({"fault": "slow"}, "seconds"),
        ({"fault": "drop_after", "seconds": 1}, "seconds"),
        ({"fault": "slow", "seconds": 0}, "greater than 0"),
        ({"fault": "fail_after", "status": 404}, "500"),
        ({"fault": "drop_after", "status": 503}, "status"),
        ({"fault": "fail_after", "operation": "payments.approve", "sticky": True}, "sticky"),
        ({"fault": "lag", "seconds": 1, "operation": "payments.create"}, "lag"),
        ({"fault": "fail_after", "count": 0}, "greater than or equal to 1"),
        ({"fault": "fail_after", "opreation": "payments.create"}, "opreation"),
        ({"fault": "fail_after", "operation": "refund"}, "payments.create"),
        ({"fault": "fail_after", "rate": 0}, "greater than 0"),
        ({"fault": "fail_after", "rate": 1.5}, "less than or equal to 1"),
        ({"fault": "in_progress"}, "payments.create"),
        ({"fault": "in_progress", "operation": "payments.get"}, "payments.create"),
    ],
)
def test_meaningless_orders_are_refused(merchant, order, told):
    """A fault that could never do what was meant is refused with the reason."""
    answered = merchant.http.post("/simulator/faults", json=order)
    assert answered.status_code == 422
    assert told in answered.text
