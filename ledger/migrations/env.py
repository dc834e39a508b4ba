"""What alembic runs: the migrations, on the connection that `ledger.migrate` hands over."""

from alembic import context

import ledger.tables_books
import ledger.tables_inbox
import ledger.tables_pending
from ledger.columns import Row

# Named so that importing it is seen to matter: it fills the metadata.
TABLES = (ledger.tables_books, ledger.tables_inbox, ledger.tables_pending)


def main() -> None:
    """Run on the caller's connection, inside the caller's transaction."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Row.metadata)
    with context.begin_transaction():
        context.run_migrations()


main()
