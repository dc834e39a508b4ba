"""The provider of the search of several captures: what processing a request does, and what it does by itself."""

from collections.abc import Iterator

from payments.explore.captures import GONE, CaptureWorld, Shipped, reference_of
from payments.explore.world import Flight, Slip
from payments.operations import OperationKind
from payments.states import CaptureStage, ProviderStatus

# A list lags behind the books, and the payment's totals with it or not.
_LAGS = (("", False, False), (", and lists lag", True, False), (", and lists and totals lag", True, True))


def processed(world: CaptureWorld, flight: Flight) -> Iterator[tuple[str, CaptureWorld, bool]]:
    """Yield each way in which the provider may process a request, and whether it takes it."""
    operation = flight.asked.operation
    live = [s for s in world.shipped if s.status not in GONE]
    if operation.kind is OperationKind.FINALIZE:
        may = world.takes_more and bool(live)
        yield "takes no more captures" if may else "refuses", world._replace(takes_more=not may), may
        return
    if operation.kind is OperationKind.VOID:
        if not world.takes_more or world.cancelled:
            yield "refuses", world, False
            return
        flaw = "a void hits a capture" if live else world.flaw
        gone = tuple(s._replace(status=ProviderStatus.RELEASED) if s in live else s for s in world.shipped)
        yield "cancels", world._replace(cancelled=True, takes_more=False, shipped=gone, flaw=flaw), True
        return
    amount = operation.amount.amount_minor
    if not world.takes_more or amount > world.left:
        yield "refuses", world, False
        return
    slip = Slip(flight.asked)
    is_last = operation.is_final or amount == world.left
    counted = dict(world.effects)
    counted[operation.operation_id] = counted.get(operation.operation_id, 0) + 1
    for what, hidden, uncounted in _LAGS:
        capture = Shipped(reference_of(world, slip), amount, hidden=hidden, uncounted=uncounted)
        after = world._replace(
            shipped=(*world.shipped, capture),
            takes_more=not is_last,
            effects=tuple(sorted(counted.items())),
        )
        yield f"captures {amount}{what}", after, True


def moved(world: CaptureWorld, status: ProviderStatus) -> Iterator[tuple[str, CaptureWorld]]:
    """Yield what becomes of captures by themselves."""
    for place, capture in enumerate(world.shipped):
        # While an answer is open the others keep still: what becomes of them changes nothing for it. Which of them is
        # rejected, and in which order the others are collected, makes no other kind of state.
        is_still = world.slip is not None or world.flight is not None
        earlier = world.shipped[:place]
        waits = bool(earlier) if status in GONE else any(s.status is ProviderStatus.CAPTURE_REQUESTED for s in earlier)
        if capture.status is ProviderStatus.CAPTURE_REQUESTED and not (is_still or waits):
            changed = capture._replace(status=status)
            yield (
                f"Ingenico: capture {place + 1} becomes {status.value}",
                world._replace(shipped=(*world.shipped[:place], changed, *world.shipped[place + 1 :])),
            )


def caught_up(world: CaptureWorld) -> CaptureWorld:
    """Return the world when no lookup lags any more."""
    return world._replace(shipped=tuple(s._replace(hidden=False, uncounted=False) for s in world.shipped))


def canonical(world: CaptureWorld) -> CaptureWorld:
    """Forget what can no longer make a difference."""
    slip = world.slip
    if slip is not None and slip.kind is OperationKind.FINALIZE:
        # Whether the end of captures was said before makes no difference to it.
        return world._replace(slip=slip._replace(repeated=False))
    if slip is not None or world.flight is not None:
        return world
    refused = {c.capture_id for c in world.books.payment.captures if c.stage is CaptureStage.REFUSED}
    return caught_up(world)._replace(
        effects=tuple((name, count) for name, count in world.effects if count > 1 or name in refused)
    )
