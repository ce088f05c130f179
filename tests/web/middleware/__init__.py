"""Tests of pages, live streams and the composition root."""
