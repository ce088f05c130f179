"""Summaries: who may ask for one, how an attempt makes and stores it, and what a teacher does with it."""
