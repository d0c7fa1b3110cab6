"""Charts of every page."""
