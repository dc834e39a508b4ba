"""Every timeout, retry and queue of the workflow, each with its reason."""

from datetime import timedelta
from typing import Any

from temporalio.common import Priority, RetryPolicy

from workflows.contract import CALLBACK_QUEUE, PROVIDER_QUEUE

# A local activity is tried once; what it leaves open an ordinary one brings to its end. It gives its own call up after
# 1.8 s and then needs only the time of a commit; a workflow task lasts 5 s.
FIRST_TRY: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=2.5),
    "retry_policy": RetryPolicy(maximum_attempts=1),
}

# Fast at first, since most outages are a blip; then slowly, for hours or days: an operation is never given up by a
# timer. A call may take 20 s and the commits around it a few more.
INSIST: dict[str, Any] = {
    "task_queue": PROVIDER_QUEUE,
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=5)
    ),
}

# A queued capture moves within a day or so, a first look comes soon for those that move at once; four a day then.
FOLLOW: dict[str, Any] = {
    "task_queue": PROVIDER_QUEUE,
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(hours=6)
    ),
}

# The provider told that something happened: a look soon, repeated over a blip. What it does not see, because the
# provider is away for longer, following finds, or the next event.
LOOK: dict[str, Any] = {
    "task_queue": PROVIDER_QUEUE,
    "start_to_close_timeout": timedelta(seconds=60),
    "schedule_to_close_timeout": timedelta(hours=1),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=5)
    ),
}

# The order service is told beside everything else, on a queue of its own: one that is away or slow holds up no money.
# When to try again stands in the outbox; the policy's own retries are for books that are away. Eight posts of at most
# 15 s each, and their commits.
DELIVER: dict[str, Any] = {
    "task_queue": CALLBACK_QUEUE,
    "start_to_close_timeout": timedelta(seconds=150),
    "heartbeat_timeout": timedelta(seconds=15),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=5)
    ),
}
# A payment that is over stays so long for its callbacks; then the relay delivers what is left.
STAY_FOR_CALLBACKS = timedelta(minutes=1)


# One account's burst does not hold up another's.
def priority(account: str) -> Priority:
    """Return the priority of an account's ordinary activities: the fairness key is the account's name."""
    return Priority(fairness_key=account)
