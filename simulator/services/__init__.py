"""Services beside payments: the connection test, amounts, cards' issuers, bank accounts, privacy policies."""
