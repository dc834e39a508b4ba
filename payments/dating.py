"""When an authorization came to nothing: for a while from then on the order may be paid in another way."""

from datetime import datetime

from payments.events import AnyEvent, AuthorizationGivenUp, AuthorizationRefused, Declined


def dated(event: AnyEvent, now: datetime) -> AnyEvent:
    """Return the event with the time at which it became known here, where that time matters later."""
    if isinstance(event, AuthorizationGivenUp | AuthorizationRefused | Declined) and event.at is None:
        return event.model_copy(update={"at": now})
    return event
