"""The page of one session."""
