"""Connect's operations, one module per resource: which call is made, what is sent, what comes back.

`merchant.Merchant` has them all for one account. Each raises the port's errors (`payments.provider`); a declined
payment or refund is an answer and is returned. What may be repeated, and what is read first: `ingenico.retries`.
"""
