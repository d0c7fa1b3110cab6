"""Pure functions from rows to numbers. No input or output; the time is passed in."""
