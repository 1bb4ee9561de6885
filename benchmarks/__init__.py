"""How long a run takes, how that grows, and what an idiomatic Mesa model would take.

`python -m benchmarks` (or `make bench`) prints it. Nothing here is a test: times depend on the
machine and on what else it does.
"""
