"""Design, run, store and compare many runs of the model."""
