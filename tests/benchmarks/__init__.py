"""Measurements: `make bench`; a short form of each is in the test suite."""
