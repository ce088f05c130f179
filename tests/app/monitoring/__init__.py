"""Tests of app/monitoring."""
