"""How long a run takes, and how that grows. Not part of the tests."""
