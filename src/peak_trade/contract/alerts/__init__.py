"""The daily alert store: list and statistics."""
