"""Jobs: one row per summary to be made, and the only code that may change its state."""
