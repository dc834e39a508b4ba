"""What shall go wrong on order, and how often: the queues in which such orders wait in the books, oldest first."""

import json
import random
from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from simulator.kernel.books import Books


class Ordered(BaseModel):
    """What every order may say: how often it strikes, whom, and whether always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    merchant_reference_prefix: str | None = None
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int = 0

    def means(self, merchant_reference: str | None) -> bool:
        """Whether it is about the payment with this reference."""
        prefix = self.merchant_reference_prefix
        return prefix is None or (merchant_reference or "").startswith(prefix)

    def strikes(self, met: int) -> bool:
        """Whether it strikes the one that is its `met`-th: the same seed strikes the same ones."""
        return self.rate >= 1 or random.Random(f"{self.seed} {met}").random() < self.rate  # noqa: S311 (no secret)


Order = TypeVar("Order", bound=Ordered)


class Queue(Generic[Order]):
    """The orders of one sort that still wait, in a table of their own."""

    def __init__(self, table: str, sort: type[Order]) -> None:
        """Keep orders of this sort in this table."""
        self._table = table
        self._sort = sort

    def order(self, books: Books, wanted: Order) -> int:
        """Put an order into the queue and tell its number."""
        spec = wanted.model_dump_json(exclude_unset=True)
        return books.write(f"INSERT INTO {self._table} (spec, remaining) VALUES (?, ?)", spec, wanted.count)  # noqa: S608

    def pending(self, books: Books) -> list[dict[str, object]]:
        """What still waits, oldest first; `count` as ordered, `remaining` as left."""
        return [
            {"number": row["number"], "remaining": row["remaining"], **json.loads(row["spec"])}
            for row in books.rows(f"SELECT * FROM {self._table} ORDER BY number")  # noqa: S608
        ]

    def clear(self, books: Books) -> int:
        """Forget all orders and tell how many there were."""
        waiting = books.count(f"SELECT count(*) FROM {self._table}")  # noqa: S608
        books.write(f"DELETE FROM {self._table}")  # noqa: S608
        return waiting

    def find(self, books: Books, fits: Callable[[Order], bool]) -> tuple[int, Order] | None:
        """The oldest order that fits; those that let this one pass at their rate have met it all the same."""
        for row in books.rows(f"SELECT number, spec, met FROM {self._table} ORDER BY number"):  # noqa: S608
            wanted = self._sort.model_validate_json(row["spec"])
            if not fits(wanted):
                continue
            if wanted.rate < 1:
                books.write(f"UPDATE {self._table} SET met = met + 1 WHERE number = ?", row["number"])  # noqa: S608
            if wanted.strikes(row["met"]):
                return row["number"], wanted
        return None

    def use_up(self, books: Books, number: int) -> None:
        """Count one use; the last one removes the order."""
        books.write(f"UPDATE {self._table} SET remaining = remaining - 1 WHERE number = ?", number)  # noqa: S608
        books.write(f"DELETE FROM {self._table} WHERE remaining <= 0")  # noqa: S608
