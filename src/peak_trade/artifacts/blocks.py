"""A growing Arrow table as an immutable value: appending gives a new version that shares the rows.

Small blocks are merged into larger ones, so that n appended rows cost O(n log n) copies in total
and a table of n rows has O(log n) blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of rows with one schema, oldest first."""

    schema: pa.Schema
    parts: tuple[pa.Table, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(part.num_rows for part in self.parts)

    @property
    def nbytes(self) -> int:
        """Memory that the rows take, in bytes."""
        return sum(int(part.nbytes) for part in self.parts)

    def plus(self, table: pa.Table) -> Self:
        """Return these rows and, after them, those of `table`."""
        if table.num_rows == 0:
            return self
        parts = [*self.parts, table]
        while len(parts) > 1 and parts[-2].num_rows <= 2 * parts[-1].num_rows:
            last = parts.pop()
            parts[-1] = pa.concat_tables([parts[-1], last]).combine_chunks()
        return type(self)(self.schema, tuple(parts))

    def table(self) -> pa.Table:
        """Return all rows as one table, without copying them."""
        return pa.concat_tables(self.parts) if self.parts else self.schema.empty_table()
