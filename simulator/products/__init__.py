"""Payment products and their group: what may be paid with, and which fields a customer fills in for it."""
