"""Server-sent events: of one run, and of all changes."""
