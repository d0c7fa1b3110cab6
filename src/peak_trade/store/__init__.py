"""The one in-memory state of a process: each artifact has a revision that grows on change."""
