"""Connect's JSON, one module per resource: its own names, its own units, only what a payment's life uses.

What we send (`base.Sent`) holds documented fields alone and no null; what we read (`base.Received`) ignores what it
does not know. Amounts are integers with two implied decimals in every currency, yen included. What may not be seen
(`base.Hidden`) is written out by `Sent.as_json` alone. Meanings are quoted from the docstrings of the official Python
SDK 6.3.0 (`connect-sdk-python3`, `worldline/connect/sdk/v1/domain/`); each module names its files.
"""
