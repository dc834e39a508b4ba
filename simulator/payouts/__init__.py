"""Payouts: money to a customer's account or card, asked, approved, sent, credited or refused."""
