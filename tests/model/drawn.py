"""Draws sequences and plays each: always the same ones in the suite, as many others as are asked for by hand."""

import asyncio
import itertools
import math
import uuid

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from tests.model.play import play
from tests.model.stage import Stage
from tests.model.steps import Plan, plans, terms
from tests.model.words import Terms

NUMBERS = itertools.count(1)
RUN = uuid.uuid4().hex[:6]


def drawing(examples: int, *, anew: bool) -> settings:
    """How sequences are drawn: anew, and shrunk if one fails; or always the same, so that no suite fails by chance."""
    return settings(
        max_examples=examples,
        derandomize=not anew,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if anew else [Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=anew,
        report_multiple_bugs=False,
    )


async def play_many(
    stage: Stage,
    examples: int,
    *,
    ordered: SearchStrategy[Terms] | None = None,
    anew: bool = False,
    seconds: float = math.inf,
) -> int:
    """Draw sequences in a thread, and play each in this loop; none is begun after so many seconds.

    Return how many were played. Raises what the first that fails raises, with its plan.
    """
    loop = asyncio.get_running_loop()
    enough_at = loop.time() + seconds
    failed: list[Exception] = []
    played = itertools.count()

    @drawing(examples, anew=anew)
    @given(plans(terms() if ordered is None else ordered))
    def agrees(plan: Plan) -> None:
        if failed or loop.time() > enough_at:
            return
        next(played)
        order_id = f"M{RUN}-{next(NUMBERS)}"
        try:
            asyncio.run_coroutine_threadsafe(play(stage, plan, order_id), loop).result()
        except Exception as error:
            # What is shrunk is played again and again; else the first that fails is enough.
            if anew:
                raise
            failed.append(error)

    await asyncio.to_thread(agrees)
    if failed:
        raise failed[0]
    return next(played)
