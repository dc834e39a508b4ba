"""The operations on mandates and on the hosted pages that make them."""

from simulator.kernel.operations import Operation
from simulator.mandates import book, calls, hosted

_MANDATE = "/mandates/{uniqueMandateReference}"
_HOSTED = "/hostedmandatemanagements"

OPERATIONS = (
    Operation(
        name="mandates.create", method="POST", path="/mandates", handle=calls.create, schema="CreateMandateRequest"
    ),
    Operation(
        name="mandates.createWithMandateReference",
        method="PUT",
        path=_MANDATE,
        handle=calls.create_with_reference,
        schema="CreateMandateRequest",
    ),
    Operation(name="mandates.get", method="GET", path=_MANDATE, handle=calls.get, lookup=True),
    Operation(name="mandates.block", method="POST", path=f"{_MANDATE}/block", handle=calls.moving(book.BLOCK)),
    Operation(name="mandates.unblock", method="POST", path=f"{_MANDATE}/unblock", handle=calls.moving(book.UNBLOCK)),
    Operation(name="mandates.revoke", method="POST", path=f"{_MANDATE}/revoke", handle=calls.moving(book.REVOKE)),
    Operation(
        name="hostedmandatemanagements.create",
        method="POST",
        path=_HOSTED,
        handle=hosted.create,
        schema="CreateHostedMandateManagementRequest",
    ),
    Operation(
        name="hostedmandatemanagements.get",
        method="GET",
        path=f"{_HOSTED}/{{hostedMandateManagementId}}",
        handle=hosted.get,
        lookup=True,
    ),
)
