"""Text: from a student's comments to a few checked sentences. Pure: no SQL, no jobs, no HTTP."""
