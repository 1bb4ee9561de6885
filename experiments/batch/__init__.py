"""Batches: from one config to many runs that survive whatever happens to the machine."""
