"""Webhooks: a school's programs get a signed message when a job ends, at least once."""
