"""The operations on tokens."""

from simulator.kernel.operations import Operation
from simulator.tokens import calls, tokenize

_ONE = "/tokens/{tokenId}"

OPERATIONS = (
    Operation(name="tokens.create", method="POST", path="/tokens", handle=calls.create, schema="CreateTokenRequest"),
    Operation(name="tokens.get", method="GET", path=_ONE, handle=calls.get, lookup=True),
    Operation(name="tokens.update", method="PUT", path=_ONE, handle=calls.update, schema="UpdateTokenRequest"),
    Operation(name="tokens.delete", method="DELETE", path=_ONE, handle=calls.delete),
    Operation(
        name="tokens.approvesepadirectdebit",
        method="POST",
        path=f"{_ONE}/approvesepadirectdebit",
        handle=calls.approve_sepa_direct_debit,
        schema="ApproveTokenRequest",
    ),
    Operation(
        name="payments.tokenize",
        method="POST",
        path="/payments/{paymentId}/tokenize",
        handle=tokenize.tokenize,
        schema="TokenizePaymentRequest",
    ),
)
