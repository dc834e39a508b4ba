"""When what the customer's page encrypted is of no more use: nothing is held, and only the customer can pay again."""

from datetime import datetime

from payments.encrypted_input import is_alive
from payments.events import AnyEvent, AttemptAbsent, Decline, Declined
from payments.methods import PaymentInstruction
from payments.operations import Intent

_USED_UP = (
    "What the customer typed can be sent no more, and nothing was authorized with it: the customer has to pay again"
)


def can_be_sent_again(
    instruction: PaymentInstruction, intent: Intent, received_at: datetime | None, now: datetime
) -> bool:
    """Whether an attempt may be sent again under its key: an encrypted input dies with its client session.

    `received_at`: when the start came, if that is known. The older of the two counts, as for input of a second start.
    """
    if instruction.encrypted_input is None:
        return True
    return is_alive(min(received_at or intent.created_at, intent.created_at), now)


def after_absence(absent: AttemptAbsent, instruction: PaymentInstruction | None) -> tuple[AnyEvent, ...]:
    """Return what follows when an attempt is proven absent: another one, or, with encrypted input, the customer."""
    if instruction is None or instruction.encrypted_input is None:
        return (absent,)
    decline = Decline(code="pay_again", message=_USED_UP, may_retry=True)
    return (absent, Declined(subject=absent.subject, occurrence=absent.occurrence, decline=decline, provider_id=None))


def not_accepted(intent: Intent, message: str) -> Declined:
    """Return what follows when the provider does not accept the encrypted input: like a decline."""
    told = f"Ingenico does not accept the encrypted input ({message}): the customer has to pay again"
    decline = Decline(code="input_not_accepted", message=told, may_retry=True)
    operation = intent.operation
    return Declined(subject=operation.operation_id, occurrence=operation.attempt, decline=decline, provider_id=None)
