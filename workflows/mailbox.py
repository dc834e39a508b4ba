"""What others ask, in the order in which it came: handlers only enqueue, one loop works."""

from collections import deque
from dataclasses import dataclass, field

from payments.commands import AnyCommand, Void
from payments.view import CommandAnswer


@dataclass
class Message:
    """One thing asked, or one that could not be read; `answer` is set when its turn is over."""

    name: str
    command: AnyCommand | None = None
    unreadable: str | None = None
    wakes: bool = False
    """The provider told that something happened: the payment is looked at."""
    is_signal: bool = False
    """Nobody waits for an answer: a refusal is told to people instead."""
    answer: CommandAnswer | None = None


@dataclass
class Mailbox:
    """The queue of what was asked and not worked on yet."""

    _waiting: deque[Message] = field(default_factory=deque)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def post(self, message: Message) -> Message:
        """Put a message at the end of the queue."""
        self._waiting.append(message)
        return message

    def take(self) -> Message:
        """Return the next message; it leaves the queue."""
        return self._waiting.popleft()

    def put_back(self, message: Message) -> None:
        """Return a message to the head of the queue: its turn was broken off."""
        self._waiting.appendleft(message)

    def take_all_that_wake(self) -> None:
        """Take out every event of the provider: one look answers them all."""
        self._waiting = deque(message for message in self._waiting if not message.wakes)

    def holds_a_void(self) -> bool:
        """Whether the order was cancelled while something else was worked on."""
        return any(isinstance(message.command, Void) for message in self._waiting)
