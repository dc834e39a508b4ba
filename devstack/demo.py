"""`payments demo`: start the stack, play the stories, compare the books, say what came of it.

Killed at any moment and started again it goes on with the same orders; once finished it plays new ones.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from temporalio.client import Client

from devstack.checker import Totals, differences, of_books, of_ledger, of_view
from devstack.order_service import OrderService
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from devstack.stories import STORIES, Stage, Story
from devstack.table import Row, Table
from ledger.database import Database
from ledger.queries import Queries
from payments.order import Order
from starter import PaymentClient

# How often the table looks at the payments.
LOOK_SECONDS = 0.3
# Callbacks come within moments; those that a killed run left half done are taken up again after half a minute.
CALLBACK_PATIENCE_SECONDS = 75.0


class Progress(BaseModel):
    """Which batch of orders is played, kept in a file so that a killed demo goes on where it was."""

    batch: int = 1
    finished: bool = False

    @classmethod
    def load(cls, file: Path) -> "Progress":
        """Return the batch to play: the unfinished one, or the next."""
        if not file.exists():
            return cls()
        last = cls.model_validate_json(file.read_text(encoding="utf-8"))
        return cls(batch=last.batch + 1) if last.finished else last

    def save(self, file: Path) -> None:
        """Write it, whole or not at all."""
        draft = file.with_suffix(".new")
        draft.write_text(self.model_dump_json(), encoding="utf-8")
        draft.replace(file)


@dataclass
class Act:
    """One story on the way."""

    story: Story
    order: Order
    failure: str | None = None
    remark: str | None = None
    differing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Demo:
    """One run of the demo. `stay`: keep the stack up after the verdict, until Ctrl-C."""

    layout: Layout
    console: Console
    stay: bool

    async def run(self) -> int:
        """Play, and return the exit code: 1 if anything differs."""
        self.layout.folder.mkdir(parents=True, exist_ok=True)
        with OrderService(self.layout.folder / "order-service.jsonl") as shop:
            return await self._run(shop)

    async def _run(self, shop: OrderService) -> int:
        layout = replace(self.layout, callback_url=shop.url)
        stack = Stack(layout, say=lambda what: self.console.print(f"[bold]==>[/] {what}", highlight=False))
        try:
            client = await stack.start()
            verdict = await _while_running(stack, self._play(client, shop))
            if self.stay:
                self.console.print("\nStill running: look around, press Ctrl-C to stop.")
                # Ctrl-C is how this ends: what counts is the verdict.
                with contextlib.suppress(asyncio.CancelledError):
                    await stack.watch()
                self.console.print("[bold]==>[/] stopping", highlight=False)
            return verdict
        finally:
            await asyncio.shield(stack.stop())

    async def _play(self, client: Client, shop: OrderService | None = None) -> int:
        file = self.layout.folder / "demo.json"
        progress = Progress.load(file)
        progress.save(file)
        acts = [Act(story, story.order(progress.batch)) for story in STORIES]
        self.console.print(f"[bold]==>[/] playing {len(acts)} orders (batch {progress.batch})", highlight=False)
        async with SimulatorControl(self.layout.simulator_url) as simulator:
            stage = Stage(PaymentClient(client, asked_by="demo"), simulator)
            await self._perform(stage, acts)
            await self._compare(stage, acts)
            if shop is not None:
                await _told(stage, shop, acts)
        verdict = self._verdict(acts, shop)
        progress.model_copy(update={"finished": True}).save(file)
        return verdict

    async def _perform(self, stage: Stage, acts: Sequence[Act]) -> None:
        with Table(self.console) as table:
            watching = asyncio.create_task(_watch(stage, acts, table))
            try:
                await asyncio.gather(*(_perform(stage, act) for act in acts))
            finally:
                watching.cancel()
                await asyncio.wait([watching])
            table.show(await _rows(stage, acts), last=True)

    async def _compare(self, stage: Stage, acts: Sequence[Act]) -> None:
        database = Database(self.layout.ledger)
        queries = Queries(database)
        try:
            for act in acts:
                try:
                    act.differing = await _differing(stage, queries, act)
                except Exception as error:  # noqa: BLE001 (what cannot be compared does not agree)
                    act.differing = [f"cannot be compared: {type(error).__name__}: {error}"]
        finally:
            await database.close()

    def _verdict(self, acts: Sequence[Act], shop: OrderService | None) -> int:
        print_line = self.console.print
        for act in acts:
            for fault in [*([act.failure] if act.failure else []), *act.differing]:
                print_line(
                    f"{act.order.order_id} ({act.story.title}): {fault}", style="red", markup=False, highlight=False
                )
            if act.remark:
                print_line(f"{act.order.order_id}: {act.remark}.", markup=False, highlight=False)
        failed = [act for act in acts if act.failure or act.differing]
        is_forged = shop is not None and shop.forged > 0
        if failed:
            print_line(f"[bold red]{len(failed)} of {len(acts)} orders differ.[/]")
        else:
            print_line(
                f"[bold green]Ledger, provider's books and workflows agree to the cent on {len(acts)} orders:\n"
                f"{len(acts)} payments, none twice.[/]",
                highlight=False,
            )
        if shop is not None:
            print_line(_of_callbacks(shop, acts), markup=False, highlight=False)
        print_line(f"Temporal UI: {self.layout.ui_url}", highlight=False)
        if not self.stay:
            print_line("The servers stop now; `payments dev` shows these orders again.", markup=False, highlight=False)
        return 1 if failed or is_forged else 0


async def _told(stage: Stage, shop: OrderService, acts: Sequence[Act]) -> None:
    """Wait until the order service knows the state of each payment; what it does not know in time differs."""
    deadline = asyncio.get_running_loop().time() + CALLBACK_PATIENCE_SECONDS
    for act in acts:
        while (view := await stage.payments.view(act.order.key)) and shop.state(act.order.order_id) != view.state:
            if asyncio.get_running_loop().time() > deadline:
                told = shop.state(act.order.order_id)
                act.differing.append(f"state: workflow {view.state}, the order service was told {told or 'nothing'}")
                break
            await asyncio.sleep(LOOK_SECONDS)


def _of_callbacks(shop: OrderService, acts: Sequence[Act]) -> str:
    """Say in one line what the order service was told."""
    orders = [act.order.order_id for act in acts]
    delivered = f"Callbacks to the order service: {shop.delivered(orders)} delivered"
    if shop.forged:
        return f"{delivered}, and {shop.forged} whose signature is not good."
    unlike = [act for act in acts if any("order service" in fault for fault in act.differing)]
    if unlike:
        return f"{delivered}, all signatures good; the last status differs for {len(unlike)} of {len(acts)} orders."
    return f"{delivered}, all signatures good; the last status is the payment's for all {len(acts)} orders."


async def _perform(stage: Stage, act: Act) -> None:
    try:
        act.remark = await act.story.play(stage, act.order)
    except Exception as error:  # noqa: BLE001 (any failure is the verdict's to tell, after the other stories)
        act.failure = f"{type(error).__name__}: {error}"


async def _while_running(stack: Stack, work: Coroutine[Any, Any, int]) -> int:
    """Do the work, or raise StackError as soon as a process of the stack ends: waiting for it would take for ever."""
    working, watching = asyncio.create_task(work), asyncio.create_task(stack.watch())
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        return await (working if working.done() else watching)
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.wait((working, watching))


async def _differing(stage: Stage, queries: Queries, act: Act) -> list[str]:
    key = act.order.key
    view = await stage.payments.view(key)
    differing = differences(
        {
            "expected": act.story.totals(act.order),
            "provider": of_books(await stage.simulator.books(f"{act.order.shop}-{act.order.order_id}-")),
            "ledger": of_ledger(await queries.balances(key), await queries.events(key)),
            "workflow": of_view(view) if view else Totals(),
        }
    )
    if view is None or view.state is not act.story.final_state:
        differing.append(f"state: expected {act.story.final_state}, workflow {view.state if view else 'none'}")
    return differing


async def _watch(stage: Stage, acts: Sequence[Act], table: Table) -> None:
    """Show the payments as they go. A look that fails is only a look: the verdict does not rest on it."""
    while True:
        with contextlib.suppress(Exception):
            table.show(await _rows(stage, acts))
        await asyncio.sleep(LOOK_SECONDS)


async def _rows(stage: Stage, acts: Sequence[Act]) -> list[Row]:
    views = [await stage.payments.view(act.order.key) for act in acts]
    return [Row.of(act.order, act.story.title, view) for act, view in zip(acts, views, strict=True)]
