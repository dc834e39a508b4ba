"""The worker: composition root."""
