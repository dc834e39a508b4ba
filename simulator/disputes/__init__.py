"""Disputes of chargebacks with their evidence, and the banks' side of them over the control API."""
