"""The proof table: what docs/lifecycle.md lists, and which tests are marked with its rows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LIFECYCLE = ROOT / "docs" / "lifecycle.md"
_LINE = re.compile(r"^\| (?P<row>F\d+) \|(?P<happens>[^|]+)\|(?P<tests>[^|]+)\|$")
_TEST = re.compile(r"`(tests/[\w/]+\.py::test_\w+)`")


def listed() -> list[tuple[str, str, list[str]]]:
    """Return the table's lines: the row, what happens, and its tests as `tests/…/test_x.py::test_y`."""
    lines = []
    for line in LIFECYCLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| F"):
            found = _LINE.match(line)
            assert found, f"no line of the proof table: {line}"
            lines.append((found["row"], found["happens"].strip(), _TEST.findall(found["tests"])))
    return lines


def marked() -> list[tuple[str, str]]:
    """Return each mark of the tests: the row, and the test."""
    return [
        (row, f"{path.relative_to(ROOT)}::{test.name}")
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "mark.row(" in (source := path.read_text(encoding="utf-8"))
        for test in ast.walk(ast.parse(source))
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef)
        for row in _rows(test)
    ]


def _rows(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.row":
            yield ast.literal_eval(decorator.args[0])
