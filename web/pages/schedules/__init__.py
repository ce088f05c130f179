"""Schedules, which start the summaries of an evaluation at set times."""
