"""Quality figures over PeerNL: `make quality`, or `python -m tests.quality [section …]`.

A section is a module of this package with a function registered by `figures.section`; it gives figures.
"""
