"""Schedules: batches that start by themselves, decided by the database and not by the clock of a process."""
