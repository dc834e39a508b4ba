"""Everything kept in SQL: the books, on SQLite or PostgreSQL by the URL alone."""
