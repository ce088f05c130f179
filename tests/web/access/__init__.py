"""Every route × every part of the cast."""
