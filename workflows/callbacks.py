"""A payment's callbacks to the order service: delivered beside its loop, one activity at a time, holding up nothing."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from activities.callbacks import CallbackActivities
from activities.messages import Delivered, PaymentRequest, Told
from workflows import policies


class Callbacks:
    """What of them waits, and who delivers it. Without a receiver nothing is ever told of, and nothing is done."""

    def __init__(self) -> None:
        self._waiting = 0
        """The last event that is known to wait for its callback."""
        self._reached = 0
        self._under_way: workflow.ActivityHandle[Delivered] | None = None
        self._leave_at: datetime | None = None

    def heard(self, told: Told, request: PaymentRequest) -> None:
        """Have delivered what the books tell of; whoever delivers already takes it too, or is followed by another."""
        waiting = max((entry.sequence for entry in told.events if entry.callback), default=0)
        if waiting > self._waiting:
            self._waiting, self._leave_at = waiting, None
        if self._under_way is None and self._waiting > self._reached:
            self._under_way = workflow.start_activity_method(
                CallbackActivities.deliver_callbacks,
                request,
                summary="tell the order service",
                priority=policies.priority(request.key.shop),
                **policies.DELIVER,
            )

    @property
    def has_news(self) -> bool:
        """Whether a delivery has ended."""
        return self._under_way is not None and self._under_way.done()

    def take(self) -> Told | None:
        """Return what a delivery that ended tells; None if it failed, and the rest is left to the relay."""
        if self._under_way is None or not self._under_way.done():
            return None
        ended, self._under_way = self._under_way, None
        try:
            delivered = ended.result()
        except FailureError as failure:
            if is_cancelled_exception(failure):
                raise
            workflow.logger.warning("callbacks are left to the relay", exc_info=failure)
            self._reached = self._waiting
            return None
        self._reached = max(self._reached, delivered.reached)
        return delivered

    def leave_at(self, now: datetime) -> datetime | None:
        """Say until when a payment that is over stays for its callbacks; None: nothing keeps it."""
        if self._under_way is None:
            return None
        self._leave_at = self._leave_at or now + policies.STAY_FOR_CALLBACKS
        return self._leave_at if now < self._leave_at else None
