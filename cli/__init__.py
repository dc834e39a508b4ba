"""The command `payments`: a composition root of its own, imported by nobody."""
