"""The dataset of a fleet of runs: its columns, reading it, searching it."""
