"""Accounts: schools, people, and how they log in."""
