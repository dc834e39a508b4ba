"""Ingenico Connect, spoken in one room: its words, its units and its mistakes end here.

`provider` is the port's implementation; `client` signs and sends; `errors` says what an answer without a payment means.
"""
