"""The tables of docs/simulator.md that are made of the code: run this file to write them anew.

.venv/bin/python -m tests.simulator.documentation
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from simulator import api
from simulator.front import faults
from simulator.payments import trigger_tables as triggers
from simulator.settings import KEYED
from simulator.webhooks.faults import TYPES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "simulator.md"


def markdown(heads: list[str], rows: Iterable[Iterable[object]]) -> str:
    """A table."""
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def operations() -> str:
    found = sorted(api.OPERATIONS, key=lambda each: (each.root, each.name.partition(".")[0]))
    rows = [
        (
            f"`{each.name}`",
            f"{each.method} `{each.root}/{{merchantId}}{each.path}`",
            "yes" if each.name in KEYED else "",
            "yes" if each.lookup else "",
        )
        for each in found
    ]
    return markdown(["operation", "request", "honours an idempotence key", "may lag"], rows)


def cards() -> str:
    rows = triggers.rows(triggers.CARDS)
    return markdown(["card", "token", "what happens"], [(card, _code(token), what) for card, token, what in rows])


def official_cards() -> str:
    heads = ["card", "CVV", "amount", "currency", "result", "AVS", "CVV result"]
    return markdown(heads, triggers.rows(triggers.OFFICIAL_CARDS))


def declines() -> str:
    rows = [(code, message, "yes" if again else "no") for code, (message, again) in sorted(triggers.DECLINES.items())]
    return markdown(["code", "message", "isRetriable"], rows)


def accounts() -> str:
    return markdown(["account", "what happens"], triggers.rows(triggers.ACCOUNTS))


def references() -> str:
    rows = [(_code(start), _code(fault.fault)) for start, fault in faults.REFERENCES.items()]
    return markdown(["merchantReference begins with", "fault"], [*rows, ("`SLOW-n-`", "`slow` by n seconds, 1 to 999")])


def event_types() -> str:
    kinds = sorted({name.partition(".")[0] for name in TYPES})
    rows = [
        (_code(kind), ", ".join(sorted(n.partition(".")[2] for n in TYPES if n.startswith(kind)))) for kind in kinds
    ]
    return markdown(["object", "events"], rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "operations": operations,
    "cards": cards,
    "official cards": official_cards,
    "declines": declines,
    "accounts": accounts,
    "references": references,
    "event types": event_types,
}


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def block(text: str, name: str) -> str:
    """What the page has between the marks of a table."""
    _, begin, rest = text.partition(f"<!-- begin {name} -->\n")
    found, end, _ = rest.partition(f"\n<!-- end {name} -->")
    assert begin, f"docs/simulator.md has no table {name!r}"
    assert end, f"docs/simulator.md has no end of the table {name!r}"
    return found


def written(text: str) -> str:
    """The page with all its tables as the code has them."""
    for name, make in BLOCKS.items():
        begin, end = f"<!-- begin {name} -->\n", f"\n<!-- end {name} -->"
        text = text.replace(f"{begin}{block(text, name)}{end}", f"{begin}{make()}{end}")
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
