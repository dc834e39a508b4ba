"""Finding out what became of an operation: insisted on, and asked anew when the provider tells of something."""

from collections.abc import Callable
from typing import TypeVar

from temporalio import workflow

from activities.messages import PaymentRequest, Told
from workflows.perform import Effect, insisting

R = TypeVar("R", bound=PaymentRequest)


class FindingOut:
    """At most one thing of a payment is being found out at a time."""

    def __init__(self) -> None:
        self._ask_beside: Callable[[], None] | None = None
        """While something is being found out: ask once more, beside the try that waits."""

    async def insist(self, effect: Effect[R], request: R, account: str, summary: str) -> Told:
        """Insist until there is something to tell."""
        asked: list[workflow.ActivityHandle[Told]] = []

        def ask() -> None:
            handle = insisting(effect, request, account, summary)
            # One that is let go of ends as cancelled, and nobody asks it how it ended.
            handle.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            asked.append(handle)

        ask()
        self._ask_beside = ask
        try:
            await workflow.wait_condition(lambda: any(handle.done() for handle in asked))
            return next(handle for handle in asked if handle.done()).result()
        finally:
            self._ask_beside = None
            for handle in asked:
                handle.cancel()

    def hasten(self) -> None:
        """Ask what is being found out at once, instead of when its next try is due: the provider told of something.

        The try that waits, or is on its way, goes on beside it: the books let one of them act, and either may tell.
        """
        if self._ask_beside is not None:
            self._ask_beside()
            self._ask_beside = None
