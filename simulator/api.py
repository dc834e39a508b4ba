"""All operations of the Server API, in one table: what the routes, the faults and the documentation are made of."""

from simulator.client_sessions.operations import OPERATIONS as SESSIONS
from simulator.disputes.operations import OPERATIONS as DISPUTES
from simulator.kernel.operations import Operation
from simulator.payments.operations import OPERATIONS as PAYMENTS
from simulator.products.operations import OPERATIONS as PRODUCTS
from simulator.risk.operations import OPERATIONS as RISK
from simulator.services.operations import OPERATIONS as SERVICES

OPERATIONS: tuple[Operation, ...] = (*PAYMENTS, *PRODUCTS, *DISPUTES, *RISK, *SESSIONS, *SERVICES)
NAMES = frozenset(operation.name for operation in OPERATIONS)
