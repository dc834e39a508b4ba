"""What a payment is and what may happen to it: values and pure rules, no effects.

`decide` says what a command leads to, `evolve` folds what happened, `postings` books it, `resend` answers
*may this be sent again?*. The ports `provider` and `records` say what the rules need from the world.
"""
