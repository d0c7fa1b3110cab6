"""Numbers for revisions: each is given once in a process.

So an artifact that is deleted and made again never repeats a revision. The greatest revision of
several artifacts tells whether any of them changed, if none of them can go away.
"""

from __future__ import annotations

from itertools import count

_numbers = count(1)


def next_revision() -> int:
    """Return a number greater than all before. Safe in any thread: one step of the interpreter."""
    return next(_numbers)
