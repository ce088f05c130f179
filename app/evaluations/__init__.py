"""Evaluations: teams, criteria, what pupils wrote, and who may see which of it."""
