"""The fleet of runs: all runs below a root, judged on many processes, as one dataset.

Assumes nothing of a running server. Guarantees: nothing is written into what is watched; a dataset
is replaced as a whole or not at all.
"""
