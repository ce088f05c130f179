"""Schedules: batches that start at set times. The database's clock decides, not that of a process."""
