"""What a batch of runs says: summaries, differences, sensitivity, discovery, robustness.

Every room is functions on a `experiments.batch.read.Batch`; `analysis.analyse` calls them all.
"""
