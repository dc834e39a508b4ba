"""Ingenico Connect, spoken in one room: its words, its units and its mistakes end here.

`provider`   the port's implementation, over `requests` (ours to theirs) and `outcomes` (theirs to ours), `amounts`
`api/`       Connect's operations, a class for each resource; `api.merchant.Merchant` has them for one account
`wire/`      Connect's JSON, a module for each resource
`retries`    which operation may be made again, and what is read before
`webhooks`   what Connect posts: proven, then read
`errors`     what an answer without a success means
`client`     signs (`signing`), sends (`transport`) and reads one call, for one of the `accounts`
"""
