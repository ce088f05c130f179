"""Tests of app/evaluations."""
