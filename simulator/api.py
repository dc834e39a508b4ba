"""All operations of the Server API, in one table: what the routes, the faults and the documentation are made of."""

from simulator.client_sessions.operations import OPERATIONS as SESSIONS
from simulator.disputes.operations import OPERATIONS as DISPUTES
from simulator.hosted_checkouts.operations import OPERATIONS as HOSTED_CHECKOUTS
from simulator.kernel.operations import Operation
from simulator.mandates.operations import OPERATIONS as MANDATES
from simulator.payments.operations import OPERATIONS as PAYMENTS
from simulator.payouts.operations import OPERATIONS as PAYOUTS
from simulator.products.operations import OPERATIONS as PRODUCTS
from simulator.risk.operations import OPERATIONS as RISK
from simulator.services.operations import OPERATIONS as SERVICES
from simulator.tokens.operations import OPERATIONS as TOKENS

OPERATIONS: tuple[Operation, ...] = (
    *PAYMENTS,
    *HOSTED_CHECKOUTS,
    *PRODUCTS,
    *DISPUTES,
    *PAYOUTS,
    *RISK,
    *SESSIONS,
    *SERVICES,
    *TOKENS,
    *MANDATES,
)
NAMES = frozenset(operation.name for operation in OPERATIONS)
