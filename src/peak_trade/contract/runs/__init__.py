"""Runs: list, snapshot, rows, detail."""
