"""A tree, and the whole route table over it, as the tests of the contract have them."""

from contract.conftest import api, clock_stands_still, site, tree

__all__ = ["api", "clock_stands_still", "site", "tree"]
