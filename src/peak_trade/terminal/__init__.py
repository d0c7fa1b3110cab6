"""Runs and sessions on the command line: the rows and numbers of the pages as text."""
