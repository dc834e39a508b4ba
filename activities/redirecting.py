"""The address where a customer is sent, beside the events: it stands in none of them."""

from activities.messages import Told
from payments.events import AuthorizationPending, CheckoutOpened, WaitsFor
from payments.records import Records


async def with_addresses(records: Records, told: Told) -> Told:
    """Return what is told with the addresses of the customers whom its events send away."""
    sent = [e.event for e in told.events if isinstance(e.event, AuthorizationPending) and e.event.has_address]
    pages = {e.event.subject for e in told.events if isinstance(e.event, CheckoutOpened)}
    waiting = pages | {pending.subject for pending in sent if pending.waits_for is WaitsFor.CUSTOMER}
    found = {subject: await records.redirect_url(subject) for subject in sorted(waiting)}
    addresses = {subject: url for subject, url in found.items() if url is not None}
    return told.model_copy(update={"redirects": addresses}) if addresses else told
