"""The demo's table: on a terminal it changes in place, elsewhere each change is a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import rich.box
import rich.live
import rich.table
from rich.console import Console

from payments.money import Money
from payments.order import Order
from payments.states import PaymentState
from payments.view import PaymentView
from starter.display import show

_COLOURS = {
    PaymentState.COLLECTED: "green",
    PaymentState.DECLINED: "red",
    PaymentState.UNKNOWN: "magenta",
    PaymentState.VOIDED: "blue",
    PaymentState.REFUNDED: "cyan",
}


@dataclass(frozen=True)
class Row:
    """One order's line."""

    order_id: str
    title: str
    state: PaymentState | None
    transaction_id: str
    code: str
    owed: str
    held: str
    captured: str

    @classmethod
    def of(cls, order: Order, title: str, view: PaymentView | None) -> "Row":
        """Return the line of an order whose payment looks so; there may be none yet."""
        amounts = view.amounts if view else None

        def amount(money: Money | None) -> str:
            return show(money) if money is not None and money.amount_minor else "-"

        return cls(
            order_id=order.order_id,
            title=title,
            state=view.state if view else None,
            transaction_id=(view.transaction_id or "-") if view else "-",
            code=(view.authorization_code or "-") if view else "-",
            owed=show(order.total),
            held=amount(amounts.may_capture + amounts.being_captured if amounts else None),
            captured=amount(amounts.capture_requested + amounts.captured if amounts else None),
        )

    @property
    def state_words(self) -> str:
        """The state as people read it."""
        return self.state.value.replace("_", " ") if self.state else "not started"


class Table:
    """Shows rows as they change, inside a `with` block: a terminal must get its cursor back, whatever happens."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: rich.live.Live | None = None
        self._told: dict[str, Row] = {}
        if console.is_terminal:
            self._live = rich.live.Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, rows: Sequence[Row], *, last: bool = False) -> None:
        """Show what changed since the last time; `last` leaves the whole table standing."""
        if self._live is not None:
            self._live.update(_render(rows, self._console.width), refresh=True)
            return
        for row in rows:
            if self._told.get(row.order_id) != row and row.state is not None:
                self._console.print(
                    f"    {row.order_id:<12} {row.state_words:<18} {row.code:<8} held {row.held:<10} "
                    f"captured {row.captured}",
                    highlight=False,
                )
            self._told[row.order_id] = row
        if last:
            self._console.print(_render(rows, self._console.width))


# A transaction id has 30 digits: the merchant's number, the payment's, the operation's. With less room the payment's
# own, the middle, tells payments apart.
_WIDE = 120
_OWN_PART = slice(12, 20)
# Nothing may jump sideways while amounts and states come in: "capture requested", $432.25.
_STATE_WIDTH = max(len(state.value) for state in PaymentState)
_AMOUNT_WIDTH = 7


def _render(rows: Sequence[Row], width: int) -> rich.table.Table:
    table = rich.table.Table(box=rich.box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    wide = width >= _WIDE
    table.add_column("order", no_wrap=True)
    if wide:
        table.add_column("story", no_wrap=True)
    table.add_column("state", no_wrap=True, min_width=_STATE_WIDTH)
    table.add_column("transaction id" if wide else "transaction", no_wrap=True, min_width=30 if wide else 0)
    table.add_column("code", no_wrap=True, min_width=6)
    for heading in ("owed", "held", "captured"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=_AMOUNT_WIDTH)
    for row in rows:
        colour = _COLOURS.get(row.state, "") if row.state else "dim"
        state = f"[{colour}]{row.state_words}[/]" if colour else row.state_words
        title = (row.title,) if wide else ()
        known = row.transaction_id != "-"
        number = row.transaction_id if wide or not known else f"…{row.transaction_id[_OWN_PART]}…"
        table.add_row(row.order_id, *title, state, number, row.code, row.owed, row.held, row.captured)
    return table
