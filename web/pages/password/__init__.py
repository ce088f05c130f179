"""Setting a password with a code."""
