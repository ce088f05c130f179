"""Webhooks: programs of a school are told when jobs end: signed, at least once, never inside a network."""
