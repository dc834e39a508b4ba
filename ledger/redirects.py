"""The addresses where customers are sent, written and deleted inside the transaction of what makes or ends the wait."""

from sqlalchemy import Connection, bindparam, delete, insert, select

from ledger.tables_pending import redirects
from payments.events import WaitsFor
from payments.payment import Payment
from payments.references import PaymentKey

_ADDRESS = select(redirects.c.url).where(redirects.c.authorization_id == bindparam("of_authorization"))
_DELETE = delete(redirects).where(redirects.c.authorization_id == bindparam("of_authorization"))


def keep_address(connection: Connection, key: PaymentKey, authorization_id: str, url: str) -> None:
    """Keep where an authorization's customer is sent; what was kept before is replaced."""
    connection.execute(_DELETE, {"of_authorization": authorization_id})
    connection.execute(insert(redirects), {**key.model_dump(), "authorization_id": authorization_id, "url": url})


def forget_addresses(connection: Connection, payment: Payment) -> None:
    """Delete the addresses of customers who are awaited no more."""
    for hold in payment.authorizations:
        if hold.has_address and hold.waits_for is not WaitsFor.CUSTOMER:
            connection.execute(_DELETE, {"of_authorization": hold.authorization_id})


def address_of(connection: Connection, authorization_id: str) -> str | None:
    """Return where an authorization's customer is awaited, if that is known and they still are."""
    url: str | None = connection.execute(_ADDRESS, {"of_authorization": authorization_id}).scalar_one_or_none()
    return url
