"""Summaries: from a pupil's anonymised comments to a few checked sentences."""
