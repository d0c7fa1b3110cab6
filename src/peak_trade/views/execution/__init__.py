"""The execution page."""
