"""Runs the product on one machine: embedded databases, its processes, the demo school and the demo model."""
