"""Live updates: one Redis subscription per process, one small buffer per viewer, server-sent events."""
