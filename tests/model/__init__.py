"""The running payment held against a model, on random sequences.

Each sequence is drawn (`steps.py`), played through the real workflow, ledger, Connect client and simulator (`play.py`,
on `stage.py`) and beside it through a model in plain integers (`reference.py`), which shares no code with the engine.
After each step answers and amounts must be the model's; in the end every witness is asked (`verdict.py`). The suite
plays always the same sequences; `make model N=2000` plays so many others, and shrinks what fails to a short one.

To add a command:

1. a method of `Model` that says what must be answered and takes its effect in (`reference.py`),
2. a line of `COMMANDS` in `steps.py`: how often it comes, how it is drawn, how it is sent, and that method. What it
   carries beyond an amount is a field of `Command` (`words.py`), with the value that every other command has,
3. where it asks something new of the provider: what that is counted by in `Verdict._nothing_was_done_twice`.

To add something that happens: a class among the steps in `steps.py`, its line in `step`, its case in `Player._happens`.
What moves by itself afterwards is a branch of `Model.advance`, which says from when on it may be seen and never guesses
the moment; what must have been seen by the end stands in `must_be_over`.

A failure prints its plan. To play it again: `asyncio.run_coroutine_threadsafe(play(stage, PLAN, "order-1"), loop)`, or
as a test: `await play(stage, PLAN, "order-1")`.
"""
