"""Everything that a customer sees: the hosted checkout, the issuer's challenge, the bank's page. Plain HTML forms."""
