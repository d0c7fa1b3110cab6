"""The write side: programs that trade on paper and write the artifacts that the console watches.

Assumes that nothing else in the package imports this room. Guarantees that no module here imports
an exchange library or opens a network connection.
"""
