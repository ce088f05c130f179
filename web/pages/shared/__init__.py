"""What the pages of several nouns use."""
