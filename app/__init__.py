"""Terugblik, the product: everything that is neither a web page nor a queue."""
