"""Hosted checkouts: from what we ask to what Connect is sent, and back."""

from ingenico import requests
from ingenico.outcomes import provider_payment
from ingenico.wire.cards import HostedCardInput
from ingenico.wire.hosted_checkouts import (
    HOSTED_PAGES,
    CreateHostedCheckoutAnswer,
    CreateHostedCheckoutRequest,
    HostedCheckout,
    HostedCheckoutSpecificInput,
)
from ingenico.wire.products import HostedProductFilters, ProductFilter
from ingenico.wire.redirects import HostedRedirectInput
from ingenico.wire.statuses import HostedCheckoutStatus
from ingenico.wire.three_d_secure import ThreeDSecureBase
from payments import hosted_checkout as ours
from payments.methods import PaymentAction, PaymentInstruction
from payments.products import DIRECT_DEBITS
from payments.provider import (
    CheckoutRequest,
    CheckoutStatus,
    OpenedCheckout,
    ProviderCheckout,
    Refused,
)
from payments.references import return_mac_hash

_STATUSES: dict[str, CheckoutStatus] = {
    HostedCheckoutStatus.IN_PROGRESS: CheckoutStatus.OPEN,
    HostedCheckoutStatus.PAYMENT_CREATED: CheckoutStatus.TRIED,
    HostedCheckoutStatus.CANCELLED_BY_CONSUMER: CheckoutStatus.CANCELLED,
    # The customer's device cannot do what was chosen: on the page they choose another way.
    HostedCheckoutStatus.CLIENT_NOT_ELIGIBLE: CheckoutStatus.OPEN,
}


def create(request: CheckoutRequest) -> CreateHostedCheckoutRequest:
    """Return the body that opens a hosted checkout: whatever is chosen there, the action asked for is passed on."""
    page = request.instruction.hosted_checkout
    if page is None:
        raise ValueError(f"{request.reference} is not paid by hosted checkout")
    return CreateHostedCheckoutRequest(
        order=requests.order_of(request.order, request.amount, request.reference),
        hosted_checkout_specific_input=HostedCheckoutSpecificInput(
            locale=page.locale or request.order.customer.locale,
            return_url=page.return_url,
            variant=page.variant,
            show_result_page=page.show_result_page,
            # Otherwise a customer who cancelled would be waited for like one who is still there.
            return_cancel_state=True,
            payment_product_filters=_filters(page),
        ),
        card_payment_method_specific_input=_card(request.instruction),
        redirect_payment_method_specific_input=HostedRedirectInput(
            requires_approval=request.instruction.action is not PaymentAction.SALE
        ),
    )


def _card(instruction: PaymentInstruction) -> HostedCardInput:
    asked = requests.authentication(instruction.three_d_secure)
    secure = ThreeDSecureBase.model_validate(asked) if asked else None
    return HostedCardInput.model_validate({**requests.card_input(instruction), "three_d_secure": secure})


def opened(answer: CreateHostedCheckoutAnswer, endpoint: str) -> OpenedCheckout:
    """Translate the answer: where the page is, and by what its customer is known when they come back.

    Connect's own pages are https; those of an endpoint that is not are like it.
    """
    mac = answer.returnmac
    pages = HOSTED_PAGES if endpoint.startswith("https://") else HOSTED_PAGES.replace("https://", "http://")
    return OpenedCheckout(
        checkout_id=answer.hosted_checkout_id,
        url=pages + answer.partial_redirect_url.get_secret_value(),
        return_mac_hash=None if mac is None else return_mac_hash(mac.get_secret_value()),
    )


def read(checkout_id: str, answer: HostedCheckout) -> ProviderCheckout:
    """Translate how far a checkout is; a payment that is told of speaks for itself, whatever the word beside it."""
    created = answer.created_payment_output
    status = _STATUSES.get(answer.status, CheckoutStatus.UNRECOGNISED)
    if status is CheckoutStatus.TRIED and created is None:
        status = CheckoutStatus.UNRECOGNISED
    return ProviderCheckout(
        checkout_id=checkout_id,
        status=status,
        raw_status=answer.status,
        payment=None if created is None else provider_payment(created.payment),
    )


def gone(checkout_id: str, refused: Refused) -> ProviderCheckout:
    """Return that a checkout is not there any more. Raises the refusal that says anything else."""
    if not refused.not_there:
        raise refused
    return ProviderCheckout(checkout_id=checkout_id, status=CheckoutStatus.GONE, raw_status=refused.code)


def _filters(page: ours.HostedCheckout) -> HostedProductFilters:
    """Direct debits hold nothing and are not offered, whatever the account has."""
    excluded = (*(page.exclude or ()), *DIRECT_DEBITS)
    return HostedProductFilters(
        restrict_to=None if page.restrict_to is None else _filter(page.restrict_to),
        exclude=_filter(tuple(dict.fromkeys(excluded))),
    )


def _filter(products: ours.Products) -> ProductFilter:
    numbers = tuple(product for product in products if isinstance(product, int))
    return ProductFilter(groups=("cards",) if "cards" in products else None, products=numbers or None)
