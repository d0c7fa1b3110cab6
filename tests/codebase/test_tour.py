"""The tour at the top of the README is there, short and small."""

from __future__ import annotations

import re
from typing import Any

from PIL import Image

from serving import REPO

MAX_BYTES = 3 * 2**20


def test_the_tour_of_the_readme_is_short_and_small() -> None:
    first = (REPO / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    (name,) = re.findall(r"!\[[^]]+\]\((docs/images/tour\.\w+)\)", first)
    path = REPO / name
    assert path.stat().st_size <= MAX_BYTES
    shown = 0
    with Image.open(path) as tour:
        film: Any = tour
        assert film.n_frames > 20
        for place in range(film.n_frames):
            film.seek(place)
            film.load()
            shown += film.info["duration"]
    assert 15_000 <= shown <= 25_000
