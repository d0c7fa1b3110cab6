"""Packages as pip installs them, for tests of what other packages may add."""

from __future__ import annotations

from pathlib import Path


def install(site: Path, name: str, source: str, group: str) -> Path:
    """Put a package of one module into `site`, which its entry point `name` of `group` names."""
    facts = site / f"{name}-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / f"{name}.py").write_text(source)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}\n")
    (facts / "RECORD").write_text(f"{name}.py,,\n{name}-1.0.dist-info/METADATA,,\n")
    return site
