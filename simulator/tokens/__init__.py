"""Tokens: cards and bank accounts that a merchant may use again without holding them."""
