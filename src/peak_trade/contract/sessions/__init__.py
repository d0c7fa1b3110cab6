"""The session registry: list, statistics, detail."""
