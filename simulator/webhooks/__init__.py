"""Webhooks: each change that is due becomes a signed event, delivered at least once, in order for each object."""
