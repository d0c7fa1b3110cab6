"""Fills and results of other programs, written as runs that the console shows.

Assumes files that fit in memory and come from programs of the user's own. Guarantees that nothing
in them is executed, that a source is only read, and that one which cannot be understood is refused
with its place before anything is written.
"""
