"""Tests of what runs beside the product on a laptop."""
