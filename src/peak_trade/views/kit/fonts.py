"""The font of the pages: Roboto, as it comes with Panel; its files are served as our own."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

WEIGHTS = (400, 700)


@cache
def fonts() -> dict[int, Path]:
    """Return the file of each weight.

    The package that holds them is found and not imported: Panel would add its scripts, which were
    a third of what a page loaded, to every page.
    """
    spec = find_spec("panel_material_ui")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "dist"
    return {
        weight: file
        for weight in WEIGHTS
        for file in folder.glob(f"roboto-latin-{weight}-normal-*.woff2")
    }
