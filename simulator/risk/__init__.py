"""Risk assessments: what the checks would say of a card or an account, without a payment."""
