"""The list of evaluations, and one class."""
