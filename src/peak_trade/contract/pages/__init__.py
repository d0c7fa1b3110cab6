"""One payload for each page, and the same rows as files."""
