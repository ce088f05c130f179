"""Setting one's own password with a code."""
