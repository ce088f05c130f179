"""Tests of making a summary."""
