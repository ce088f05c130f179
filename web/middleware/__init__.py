"""What a request meets before its handler, in the order that `order.py` sets."""
