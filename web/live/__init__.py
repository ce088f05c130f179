"""Live updates as server-sent events. A process has one Redis subscription, each stream a small buffer."""
