"""SEPA mandates for product 771: a customer's leave to collect, kept apart from tokens and payments."""
