"""Damage, bounds and missing things, over all artifact families."""
