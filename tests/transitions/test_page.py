"""The page that says which test drives which change is complete, and names tests that are there."""

import ast

from tests.support.transitions import ROOT, drawn, listed, unseen


def test_the_page_lists_every_change_of_the_diagram():
    """Each arrow has a line; whatever else has one stands apart, as what the search has not seen."""
    assert set(listed()) == drawn() | unseen()
    assert not drawn() & unseen()
    assert all(listed()[change] for change in unseen())


def test_the_page_names_tests_that_are_there():
    """A test that is renamed or taken out leaves no claim behind."""
    for test in set(listed().values()) - {""}:
        path, _, name = test.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name.partition("[")[0] in {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
