"""The operations on products and product groups of the Server API."""

from collections.abc import Callable

from simulator.kernel.calls import Answer, Call
from simulator.kernel.desk import Desk
from simulator.kernel.operations import Operation
from simulator.products import answers, views
from simulator.products.views import View

_PRODUCT = "/products/{paymentProductId}"
_GROUP = "/productgroups/{paymentProductGroupId}"


def _for_all(told: Callable[[View, Call], Answer]) -> Callable[[Desk, Call], Answer]:
    """The Server API sees every product."""
    return lambda _desk, call: told(views.ALL, call)


OPERATIONS = (
    Operation(name="products.find", method="GET", path="/products", handle=_for_all(answers.find_products)),
    Operation(name="products.get", method="GET", path=_PRODUCT, handle=_for_all(answers.get_product)),
    Operation(name="products.networks", method="GET", path=f"{_PRODUCT}/networks", handle=_for_all(answers.networks)),
    Operation(
        name="products.directory", method="GET", path=f"{_PRODUCT}/directory", handle=_for_all(answers.directory)
    ),
    Operation(
        name="products.customerDetails",
        method="POST",
        path=f"{_PRODUCT}/customerDetails",
        handle=_for_all(answers.customer_details),
        schema="GetCustomerDetailsRequest",
    ),
    Operation(
        name="products.deviceFingerprint",
        method="POST",
        path=f"{_PRODUCT}/deviceFingerprint",
        handle=_for_all(answers.product_fingerprint),
        schema="DeviceFingerprintRequest",
    ),
    Operation(
        name="products.sessions",
        method="POST",
        path=f"{_PRODUCT}/sessions",
        handle=_for_all(answers.wallet_session),
        schema="CreatePaymentProductSessionRequest",
    ),
    Operation(name="productgroups.find", method="GET", path="/productgroups", handle=_for_all(answers.find_groups)),
    Operation(name="productgroups.get", method="GET", path=_GROUP, handle=_for_all(answers.get_group)),
    Operation(
        name="productgroups.deviceFingerprint",
        method="POST",
        path=f"{_GROUP}/deviceFingerprint",
        handle=_for_all(answers.group_fingerprint),
        schema="DeviceFingerprintRequest",
    ),
)
