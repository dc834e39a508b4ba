"""What `decide` answers with."""

from payments.base import Value
from payments.events import AnyEvent
from payments.operations import Operation
from payments.refusals import Refusal


class Perform(Value):
    """Ask the provider for `operation`; `events` are recorded with its intent."""

    operation: Operation
    events: tuple[AnyEvent, ...] = ()


class Record(Value):
    """Nothing to ask of the provider: these events follow by themselves."""

    events: tuple[AnyEvent, ...]


class AlreadyDone(Value):
    """What is asked for is so already, or was asked before under the same request id."""

    message: str
    operation_id: str | None = None


class Refuse(Value):
    """It is not done, and why."""

    refusal: Refusal


Decision = Perform | Record | AlreadyDone | Refuse
