"""Payments, their captures and their refunds: a record of what was asked, and a pure function of time over it."""
