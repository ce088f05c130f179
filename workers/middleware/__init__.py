"""What happens around every actor call; the order is in workers/broker.py."""
