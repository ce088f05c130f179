"""Experiments on the running system: break it, and count what was lost, duplicated or late."""
