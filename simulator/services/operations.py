"""The operations of the services."""

from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.kernel.operations import Operation


def ping(_desk: Desk, _call: Call) -> Answer:
    """GET /services/testconnection: the signature was the test."""
    return answer(200, {"result": "OK"})


OPERATIONS = (Operation(name="services.testconnection", method="GET", path="/services/testconnection", handle=ping),)
