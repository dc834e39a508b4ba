"""The operation that makes a session."""

from simulator.client_sessions import sessions
from simulator.kernel.operations import Operation

OPERATIONS = (
    Operation(name="sessions.create", method="POST", path="/sessions", handle=sessions.create, schema="SessionRequest"),
)
