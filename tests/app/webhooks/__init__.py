"""Webhooks: signing, addresses, deliveries, and real receivers."""
