"""Accounts: schools, their users, and how users log in."""
