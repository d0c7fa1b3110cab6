"""Runs and sessions as documents to keep: one file, without scripts, the same for the same data."""
