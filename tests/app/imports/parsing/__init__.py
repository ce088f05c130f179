"""Tests of reading files: one file here for each file there, and the demo files."""
