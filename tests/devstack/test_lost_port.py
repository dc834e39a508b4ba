"""A server that lost a port it had chosen itself is told from one that ended for another reason."""

import sys

import pytest

from devstack.processes import Child


@pytest.mark.parametrize(
    ("words", "lost"), [("listen tcp: bind: address already in use", True), ("no such file", False)]
)
async def test_only_a_lost_port_is_a_reason_to_start_again(tmp_path, words, lost):
    """What the process said last decides, once it has ended."""
    child = Child("a server", [sys.executable, "-c", f"raise SystemExit({words!r})"], tmp_path / "server.log")
    assert not child.lost_a_port()
    await child.start()
    assert child.process is not None
    await child.process.wait()
    assert child.lost_a_port() is lost
