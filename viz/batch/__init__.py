"""Figures and the report of a batch."""
