"""Plays a sequence through the running payment and beside it through the model, and holds one against the other."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import WorkflowQueryFailedError

from payments.methods import PaymentAction, PaymentInstruction
from payments.order import Order
from payments.view import PaymentView
from starter import PaymentClient
from starter.errors import NoAnswer
from tests.model.reference import Model
from tests.model.stage import Stage
from tests.model.steps import (
    COMMANDS,
    TOKENS,
    Again,
    AtOnce,
    Authorize,
    Event,
    Lose,
    Pass,
    PassToWindowEnd,
    Plan,
    ReplaceWorkers,
    Step,
)
from tests.model.verdict import Verdict
from tests.model.words import SLACK, Command, Disagreement, Predicted
from tests.support.orders import order as build_order
from tests.support.witnesses import prefix

A = TypeVar("A")
# Longer than any answer takes that is not lost.
AT_ONCE_SECONDS = 0.25
# Less than what is waited before a look: a lookup that is behind by more would be a doubled capture.
LAG_SECONDS = 3
# How often what is pending is asked again: what was lost is found out within a minute or two.
TIMES_ASKED = 15
# The longest look at something that moves comes after six hours, the longest hold ends after thirty days.
TO_SETTLE = (timedelta(days=31, hours=9), timedelta(days=2))
_SOON = timedelta(minutes=2)


@dataclass
class Player:
    """One sequence under way."""

    stage: Stage
    plan: Plan
    order: Order
    model: Model
    now: datetime
    """The server's time when it was last looked at."""
    sent: list[Command] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)

    @property
    def payments(self) -> PaymentClient:
        return self.stage.payments

    async def play(self) -> None:
        """Play the steps, let everything come to its end, and ask every witness."""
        for step in self.plan.steps:
            await self._step(step)
        await self.stage.forget_faults()
        for span in TO_SETTLE:
            await self._pass(span)
            await self.observe()
        view = await self.view()
        if view is not None:
            await Verdict(self.stage, self.order, self.model, view).give(self.now, self.runs)

    async def _step(self, step: Step) -> None:
        match step:
            case Authorize():
                await self._authorize()
            case Command():
                await self._commands((step,))
            case AtOnce(commands):
                await self._commands(commands)
            case Again(which):
                if self.sent:
                    await self._commands((self.sent[which % len(self.sent)],))
            case _:
                await self._happens(step)
                await self.observe()

    async def _happens(self, step: Step) -> None:
        match step:
            case Pass(span):
                await self._pass(span)
            case PassToWindowEnd(offset):
                await self._pass_to_window_end(offset)
            case Event():
                await self._event()
            case Lose(fault, count):
                lag = {"seconds": LAG_SECONDS} if fault == "lag" else {}
                about = prefix(self.order)
                await self.stage.simulator.fault(
                    fault=fault, operation="any", count=count, merchant_reference_prefix=about, **lag
                )
            case ReplaceWorkers():
                await self.stage.replace_workers()

    async def _authorize(self) -> None:
        terms = self.plan.terms
        instruction = PaymentInstruction(
            token=TOKENS[terms.card],
            action=PaymentAction(terms.action),
            account=terms.account,
            window_seconds=terms.window_seconds,
        )
        before = await self.stage.now()
        answer = await self._until_known(
            lambda: self.payments.authorize(self.order, instruction), {"pending", "unknown"}
        )
        view = await self.view()
        await self._agree((Authorize(),), (answer,), view, lambda model, _step: model.authorize(before))

    async def _commands(self, commands: tuple[Command, ...]) -> None:
        await self._leave_what_is_in_doubt()
        self.sent += commands
        answers = await asyncio.gather(*(self._until_accepted(command) for command in commands))
        now = await self.stage.now()
        await self._agree(
            commands, answers, await self.view(), lambda model, c: COMMANDS[c.kind].predict(model, c, now)
        )

    async def _agree(
        self,
        steps: tuple[Any, ...],
        answers: tuple[Any, ...],
        view: PaymentView | None,
        predict: Callable[[Model, Any], Predicted],
    ) -> None:
        """Find the order in which what was asked at once explains every answer and the view; none: Disagreement.

        What moves by itself may have been noticed before any of it, or after all.
        """
        complaints: list[str] = []
        asked = list(zip(steps, answers, strict=True))
        for sequence, noticed_at in itertools.product(itertools.permutations(asked), range(len(asked) + 1)):
            model = deepcopy(self.model)
            try:
                asked_again = []
                for place, (step, answer) in enumerate(sequence):
                    if place == noticed_at:
                        model.advance(view, self.now)
                    predicted = predict(model, step)
                    if predicted.fits(answer):
                        continue
                    # What is pending is asked again, and is then told what became of it since.
                    asked_again.append((predicted, step, answer))
                model.advance(view, self.now)
                model.compare(view)
                for predicted, step, answer in asked_again:
                    known = isinstance(step, Command) and model.requests.get(step.request) == step
                    (predict(model, step) if known else predicted).check(step, answer)
            except Disagreement as disagreement:
                complaints.append(str(disagreement))
            else:
                self.model = model
                await self._remember_run()
                return
        raise Disagreement("\n or ".join(dict.fromkeys(complaints)))

    async def _send(self, command: Command) -> Any:
        return await COMMANDS[command.kind].send(self.payments, self.order.key, command, self.plan.terms)

    async def _until_accepted(self, command: Command) -> Any:
        return await self._until_known(lambda: self._send(command), {"pending"}, may_wait=command.kind == "refund")

    async def _until_known(self, ask: Callable[[], Awaitable[A]], not_yet: set[str], *, may_wait: bool = False) -> A:
        """Ask, and ask again as long as the answer is not known yet; time passes meanwhile.

        What is accepted has its operation, and `may_wait` for weeks.
        """
        for _ in range(TIMES_ASKED):
            answer = await self._while_time_passes(ask())
            if answer.result.value not in not_yet or (may_wait and answer.operation_id):
                return answer
            await self.stage.pass_time(timedelta(seconds=20))
        raise Disagreement(f"{answer!r} stays so")

    async def _while_time_passes(self, asking: Awaitable[A]) -> A:
        task = asyncio.ensure_future(asking)
        await asyncio.wait((task,), timeout=AT_ONCE_SECONDS)
        while not task.done():
            await self.stage.pass_time(timedelta(seconds=1))
        return await task

    async def _pass(self, span: timedelta) -> None:
        await self.stage.pass_time(span)

    async def _pass_to_window_end(self, offset: timedelta) -> None:
        if self.model.held_at is None:
            return
        span = self.model.expires_at + offset - await self.stage.now()
        if span > timedelta(0):
            await self._pass(span)

    async def _leave_what_is_in_doubt(self) -> None:
        """Let each moment pass in which nobody can say whether the window has ended, or the capture left its queue."""
        if self.model.held_at is None:
            return
        # A capture is known by when it was answered: with lost answers, it was queued minutes before that.
        moments = [(self.model.expires_at, 2 * SLACK), *((end, 4 * SLACK) for end in self.model.queue_ends())]
        for moment, before in sorted(moments):
            until = moment - await self.stage.now()
            if -SLACK < until < before:
                await self._pass(until + 2 * SLACK)

    async def _event(self) -> None:
        await self.payments.wake(
            self.order.key, event_id="e", event_type="payment.captured", account=self.plan.terms.account
        )
        await self._pass(_SOON)
        if not await self.stage.has_faults():
            await self.observe()
            self.model.must_have_noticed(await self.stage.now() - _SOON)

    async def view(self) -> PaymentView | None:
        """Return the view, with nothing being asked of the provider any more."""
        for _ in range(TIMES_ASKED):
            view = await self._while_time_passes(self.payments.view(self.order.key))
            self.now = await self.stage.now()
            if view is None or view.amounts is None:
                return None
            being_asked = view.unknown_operation or view.amounts.being_captured.amount_minor
            if not being_asked and view.state.value not in {"voiding", "authorizing", "opening", "taking_back"}:
                return view
            await self.stage.pass_time(timedelta(seconds=20))
        raise Disagreement(f"nothing becomes of it: {view!r}")

    async def observe(self) -> None:
        """Hold the view against the model."""
        view = await self.view()
        self.model.advance(view, self.now)
        self.model.compare(view)
        await self._remember_run()

    async def _remember_run(self) -> None:
        handle = self.stage.temporal.get_workflow_handle(self.order.key.workflow_id)
        self.runs.add((await handle.describe()).run_id)


async def play(stage: Stage, plan: Plan, order_id: str) -> None:
    """Play a sequence as the payment of a new order. Raises Disagreement, and leaves nothing open behind."""
    order = build_order(order_id, plan.terms.total, plan.terms.currency)
    player = Player(stage, plan, order, Model(plan.terms), await stage.now())
    try:
        await player.play()
    except BaseException as error:
        error.add_note(f"in {plan!r}")
        await stage.forget_faults()
        await stage.end(order.key)
        if isinstance(error, NoAnswer | WorkflowQueryFailedError):
            raise Disagreement(f"the payment is stuck: {error}\nin {plan!r}") from error
        raise
