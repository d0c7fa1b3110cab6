"""Checks artifacts that another program wrote against what the console reads.

Assumes directories as the settings name them. Guarantees that nothing is written, and that each
problem is told with its file and line.
"""
