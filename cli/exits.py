"""Exit codes, the same for every command; `docs/cli.md` has the table."""

from enum import IntEnum

import typer

from payments.view import AuthorizationResult, CommandResult


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    """Something differs or does not work: the output says what and the remedy."""
    BAD_INPUT = 2
    """The input is wrong; nothing was asked of anybody."""
    DECLINED = 3
    REFUSED = 4
    OPEN = 5
    """Not known yet: the same command asks again and repeats nothing."""
    NOT_FOUND = 6
    UNREACHABLE = 7
    """Temporal does not answer."""
    INTERRUPTED = 130


OF_AUTHORIZATION = {
    AuthorizationResult.AUTHORIZED: Exit.DONE,
    AuthorizationResult.RELEASED: Exit.REFUSED,
    AuthorizationResult.DECLINED: Exit.DECLINED,
    AuthorizationResult.REFUSED: Exit.REFUSED,
    AuthorizationResult.REDIRECT: Exit.OPEN,
    AuthorizationResult.IN_REVIEW: Exit.OPEN,
    AuthorizationResult.PENDING: Exit.OPEN,
    AuthorizationResult.UNKNOWN: Exit.OPEN,
}

OF_COMMAND = {
    CommandResult.DONE: Exit.DONE,
    CommandResult.ALREADY_DONE: Exit.DONE,
    CommandResult.REFUSED: Exit.REFUSED,
    CommandResult.PENDING: Exit.OPEN,
    CommandResult.FAILED: Exit.FAILED,
}


class Ended(typer.Exit):
    """Ends the command with one of our codes."""

    def __init__(self, code: Exit) -> None:
        super().__init__(int(code))
