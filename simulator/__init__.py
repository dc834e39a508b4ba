"""An Ingenico Connect v1 on this machine, with books of its own, that shares no code with the rest."""
