"""Imports: a file is read, shown, written when somebody confirms it, and can be undone."""
