"""What judges a run, on the pages that show it."""
