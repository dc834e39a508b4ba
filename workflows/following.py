"""What is looked at beside the loop: what moves by itself, and a payment of which the provider told something."""

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from activities.messages import PaymentRequest, Told
from activities.operations import OperationActivities
from payments.payment import Payment
from workflows.perform import Effect, follow, look

LOOK = "look at the payment"


class Following:
    """The looks that are under way, each by its summary."""

    def __init__(self) -> None:
        self._under_way: dict[str, workflow.ActivityHandle[Told]] = {}
        self.looks = 0
        """How many looks were taken in."""
        self._look_again = False
        """The provider told something while a look was under way: what that look saw may be older."""

    def follow(self, payment: Payment, account: str) -> None:
        """Have what moves by itself looked at, at growing intervals."""
        if payment.capture_on_its_way() is not None:
            self._follow(OperationActivities.follow_capture, payment, account, "follow the capture")
        if payment.refund_on_its_way() is not None:
            self._follow(OperationActivities.follow_refund, payment, account, "follow the refund")
        if any(hold.at_checkout for hold in payment.authorizations):
            self._follow(OperationActivities.follow_checkout, payment, account, "look whether the customer has paid")
        if any(each.is_pending and not each.at_checkout for each in payment.authorizations):
            self._follow(OperationActivities.follow_pending, payment, account, "follow the authorization")
        if payment.watched:
            self._follow(OperationActivities.watch_absent, payment, account, "look for a late authorization")

    def _follow(self, effect: Effect[PaymentRequest], payment: Payment, account: str, summary: str) -> None:
        if summary not in self._under_way:
            self._under_way[summary] = follow(effect, _request(payment), account, summary)

    def look(self, payment: Payment, account: str) -> None:
        """Have the payment read, since something happened at the provider."""
        if self.is_looking:
            self._look_again = True
            return
        self._look_again = False
        self._under_way[LOOK] = look(OperationActivities.look, _request(payment), account, LOOK)

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way, or its result not taken in yet."""
        return LOOK in self._under_way

    @property
    def has_news(self) -> bool:
        """Whether something that is followed has moved."""
        return any(handle.done() for handle in self._under_way.values())

    def ended(self) -> list[str]:
        """Name the looks that have ended and were not taken yet."""
        return [summary for summary, handle in self._under_way.items() if handle.done()]

    def take(self, summary: str) -> tuple[Told | None, bool]:
        """Return what a look told, None if it failed, and whether the payment is to be looked at once more."""
        handle = self._under_way.pop(summary)
        again = summary == LOOK and self._look_again
        self.looks += summary == LOOK
        try:
            told = handle.result()
        except FailureError as failure:
            if is_cancelled_exception(failure):
                raise
            workflow.logger.warning("could not %s", summary, exc_info=failure)
            return None, again
        return told, again or (summary == LOOK and not told.resolved)


def _request(payment: Payment) -> PaymentRequest:
    return PaymentRequest(key=payment.key, known=payment.sequence)
