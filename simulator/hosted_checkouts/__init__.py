"""Hosted checkouts: the customer chooses how to pay on our pages, in as many attempts as it takes."""
