"""Types of the arrays in payloads, with what documents say of their JSON.

Times are naive and in UTC; JSON has them with their offset. NaN and NaT are null there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import Field
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True, eq=False)
class WrittenAs:
    """What the JSON of a value is that pydantic does not know. It is not checked."""

    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, *_: object) -> CoreSchema:
        """Return the schema that takes anything."""
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(self, *_: object) -> dict[str, Any]:
        """Return the JSON schema."""
        return dict(self.schema)


_TIME: Final = {"type": "string", "format": "date-time"}

Instant = Annotated[np.datetime64, WrittenAs(_TIME)]
Instants = Annotated[
    npt.NDArray[np.datetime64],
    WrittenAs({"type": "array", "items": _TIME, "examples": [["2026-01-15T17:36:00+00:00"]]}),
]
Floats = Annotated[
    npt.NDArray[np.float64],
    WrittenAs({"type": "array", "items": {"type": ["number", "null"]}, "examples": [[0.5, None]]}),
]
Places = Annotated[
    npt.NDArray[np.intp],
    WrittenAs({"type": "array", "items": {"type": "integer"}, "examples": [[0, 1]]}),
]


def figure(meaning: str, unit: str, example: object) -> Any:
    """Return what documents say of a field with a unit."""
    text = f"{meaning}; unit: {unit}"
    return Field(description=text, examples=[example], json_schema_extra={"x-unit": unit})
