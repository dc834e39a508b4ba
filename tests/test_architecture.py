"""What the floors promise and no import rule can tell: lengths, options, words, and that money is never a float."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = {
    "activities", "cli", "devstack", "gateway", "ingenico", "ledger", "notify", "payments", "runtime", "simulator",
    "starter", "workflows",
}  # fmt: skip
# DESIGN's row: what the worker's composition root may join.
OF_WORKER = {"payments", "workflows", "activities", "ingenico", "ledger", "notify", "runtime"}
LONGEST_ROOT = 120
LONGEST_STORY = 60
# Connect's own words for a payment's status; ours are in lower case.
CONNECTS_STATUSES = {
    "ACCOUNT_CREDITED", "ACCOUNT_VERIFIED", "AUTHORIZATION_REQUESTED", "CANCELLED", "CAPTURED", "CAPTURE_REQUESTED",
    "CHARGEBACKED", "CHARGEBACK_NOTIFICATION", "CREATED", "PAID", "PENDING_APPROVAL", "PENDING_CAPTURE",
    "PENDING_COMPLETION", "PENDING_FRAUD_APPROVAL", "PENDING_PAYMENT", "REDIRECTED", "REFUNDED", "REJECTED",
    "REJECTED_CAPTURE", "REVERSED",
}  # fmt: skip
MAY_NAME_THEM = {"ingenico", "simulator", "tests", "docs", "bench"}
ALSO = {Path("devstack/checker.py")}
# Where amounts of money are counted: not one float, and no division that makes one.
COUNTING = ("payments", "ledger", "activities", "workflows")
# What is measured in them is time, or is looked at as text.
DIVIDES_TIME = {Path("payments/explore/world.py")}
NOT_MONEY = {Path("payments/card_numbers.py"), Path("payments/strict_json.py")}


def sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def docstrings(tree: ast.AST) -> set[int]:
    bodies = [n.body for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)]
    return {
        id(statement.value) for body in bodies for statement in body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }  # fmt: skip


def test_the_worker_joins_what_its_row_allows_and_no_more():
    """worker.py, which import-linter cannot take as a root, imports no other room than its row names."""
    found = imported(ast.parse((ROOT / "worker.py").read_text(encoding="utf-8"))) & ROOMS
    assert found <= OF_WORKER, f"worker.py imports {found - OF_WORKER}"
    assert "workflows" in found


def test_the_workers_root_is_short():
    """A composition root of at most 120 lines holds no rule."""
    assert len((ROOT / "worker.py").read_text(encoding="utf-8").splitlines()) <= LONGEST_ROOT


def test_the_wheel_holds_every_room():
    """The list of what is packaged, kept by hand, is the rooms that exist and worker.py."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packaged = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])
    there = {room for room in ROOMS if (ROOT / room / "__init__.py").exists()}
    assert packaged == there | {"worker.py"}
    unknown = {p.parent.name for p in ROOT.glob("*/__init__.py")} - ROOMS - {"tests", "bench"}
    assert not unknown, f"a room that no table names: {unknown}"


def test_every_activity_is_called_with_a_policy():
    """No activity is started without its timeouts and retries from workflows/policies.py."""
    calls = []
    for path, tree in sources("workflows"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "_activity" in node.func.attr:
                spread = [k.value for k in node.keywords if k.arg is None]
                calls.append(node.func.attr)
                assert any(
                    isinstance(s, ast.Attribute) and isinstance(s.value, ast.Name) and s.value.id == "policies"
                    for s in spread
                ), f"{path}:{node.lineno}: {node.func.attr} has no policy"
    assert len(calls) >= 3


def test_every_policy_has_a_timeout_and_a_retry_policy():
    """Each set of options names how long a try may take and how it is repeated."""
    from workflows import policies

    named = {name: value for name, value in vars(policies).items() if name.isupper() and isinstance(value, dict)}
    assert named
    for name, options in named.items():
        assert "start_to_close_timeout" in options, name
        assert "retry_policy" in options, name


def test_every_test_says_what_it_holds():
    """Each test has a docstring of one sentence."""
    for path, tree in ((p, t) for p, t in sources("tests") if p.name.startswith("test_")):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                told = ast.get_docstring(node) or ""
                assert told.strip().endswith("."), f"{path}:{node.lineno}: {node.name} does not say what it holds"


def test_connects_words_stay_where_connect_is_spoken():
    """Connect's statuses are written under ingenico/ and simulator/, in tests, and by the checker of books alone."""
    folders = [p.name for p in ROOT.iterdir() if p.is_dir() and p.name not in MAY_NAME_THEM and p.name in ROOMS]
    assert "payments" in folders
    for path, tree in sources(*folders):
        prose = docstrings(tree)
        for node in ast.walk(tree):
            if path not in ALSO and isinstance(node, ast.Constant) and id(node) not in prose:
                assert node.value not in CONNECTS_STATUSES, f"{path}:{node.lineno}: {node.value} is Connect's word"


def test_the_story_of_a_payment_is_readable_at_one_look():
    """`run` of PaymentWorkflow is at most 60 lines, and is where the story is told."""
    tree = ast.parse((ROOT / "workflows/payment.py").read_text(encoding="utf-8"))
    [run] = [n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef) and n.name == "run"]
    assert run.end_lineno - run.lineno < LONGEST_STORY


@pytest.mark.parametrize("folder", COUNTING)
def test_money_is_never_a_float(folder):
    """Where money is counted a float stands for seconds alone, and nothing is divided into one."""
    for path, tree in sources(folder):
        if path in NOT_MONEY:
            continue
        for node in ast.walk(tree):
            where = f"{path}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
                name = node.arg if isinstance(node, ast.arg) else getattr(node.target, "id", "")
                floats = any(isinstance(n, ast.Name) and n.id == "float" for n in ast.walk(node.annotation))
                assert not floats or "seconds" in name, f"{where}: {name} is a float"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"float", "round"}, f"{where}: {node.func.id}() of what?"
            if folder == "payments" and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                assert path in DIVIDES_TIME, f"{where}: {ast.unparse(node)} may make a float of money"
