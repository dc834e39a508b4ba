"""What must have come of a sequence in the end: every witness is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from devstack.checker import Totals, differences, of_books, of_ledger, of_view
from ledger.check import faults_of
from payments.order import Order
from payments.view import PaymentView
from tests.model.reference import Model
from tests.model.stage import Stage
from tests.model.words import TAKEN_BACK, Disagreement
from tests.support.witnesses import prefix
from workflows.payment import PaymentWorkflow


@dataclass(frozen=True)
class Verdict:
    """One payment that should be over."""

    stage: Stage
    order: Order
    model: Model
    view: PaymentView

    async def give(self, now: datetime, runs: Iterable[str]) -> None:
        """Raise Disagreement for the first thing that is not as it must be."""
        self.model.must_be_over(now)
        if await self.stage.payments.is_open(self.order.key):
            raise Disagreement(f"it is not over: {self.view!r}")
        if faults := await faults_of(self.stage.database, self.order.key):
            raise Disagreement(f"the ledger: {faults}")
        await self._nothing_was_done_twice()
        await self._agree_on_money()
        for run in runs:
            await self._replays(run)

    async def _nothing_was_done_twice(self) -> None:
        """The provider did what was asked, each once, and nothing else."""
        log = await self.stage.simulator.requests(prefix(self.order), "")
        done = [request["operation"] for request in log if request["processed"]]
        several, card = self.model.terms.several, self.model.terms.card
        captures = sum(c.request != "@provider" for c in self.model.captures)
        reached = {"requested", "refunded"} | ({"failed"} if card.startswith("refund_") else set())
        expected = {
            "payments.create": 1,
            "payments.approve": 0 if several else captures,
            "payments.capture": captures if several else 0,
            "payments.cancelapproval": sum(c.stage == TAKEN_BACK for c in self.model.captures),
            "refunds": sum(r.stage in reached for r in self.model.refunds),
        }
        refunds = done.count("payments.refund") + done.count("captures.refund")
        found = {name: refunds if name == "refunds" else done.count(name) for name in expected}
        if found != expected or done.count("payments.cancel") > 1 or done.count("payments.finalizecapture") > 1:
            raise Disagreement(f"the provider did {done}, expected {expected}")

    async def _agree_on_money(self) -> None:
        """Model, ledger, view and the provider's books come to the same, to the minor unit."""
        queries, key = self.stage.queries, self.order.key
        amounts = self.model.amounts()
        books = of_books(await self.stage.simulator.books(prefix(self.order)))
        if self.model.terms.several and any(c.stage == "rejected" for c in self.model.captures):
            # The books never fall, and of several captures they do not tell which was rejected: the captures do.
            books = books.model_copy(update={"captured": await self._captured_there(), "capturable": 0})
        accounts = {
            "the model": Totals(
                payments=1,
                authorized=amounts["authorized"],
                capturable=self.model.open,
                captured=amounts["captured"],
                collected=amounts["collected"],
                refunded=amounts["refunded"],
            ),
            "the ledger": of_ledger(await queries.balances(key), await queries.events(key)),
            "the view": of_view(self.view),
            "the provider": books,
        }
        if wrong := differences(accounts):
            raise Disagreement("; ".join(wrong))

    async def _captured_there(self) -> int:
        account, paid = self.model.terms.account, self.view.transaction_id or ""
        live = {"capture_requested", "captured", "collected"}
        captures = await self.stage.provider.captures(account, paid)
        return sum(c.amount.amount_minor for c in captures if c.amount and c.status.value in live)

    async def _replays(self, run: str) -> None:
        handle = self.stage.temporal.get_workflow_handle(self.order.key.workflow_id, run_id=run)
        replayer = Replayer(
            workflows=[PaymentWorkflow],
            data_converter=pydantic_data_converter,
            workflow_runner=UnsandboxedWorkflowRunner(),
        )
        result = await replayer.replay_workflow(await handle.fetch_history(), raise_on_replay_failure=False)
        if result.replay_failure is not None:
            raise Disagreement(f"run {run} does not replay: {result.replay_failure}")
