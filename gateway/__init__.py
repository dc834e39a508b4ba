"""The HTTP face: Ingenico's webhooks. A process of its own, which may stand where the internet reaches it."""
