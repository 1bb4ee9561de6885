"""Charts of the model's results: each takes a tidy frame and returns a figure."""
