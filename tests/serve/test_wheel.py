"""The wheel alone, without a checkout, serves every page."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from conftest import Start
from peak_trade.contract.registry.pages import PAGES
from serving import REPO, SERVE, clean_environment


def test_an_installed_wheel_serves_pages(tmp_path: Path, server: Start, tree: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=REPO, env=clean_environment(), check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    served = server(tree, SERVE, env={"PYTHONPATH": str(installed)}, preloaded=False)
    plain = [page.path for page in PAGES if "{" not in page.path]
    assert len(plain) > 1
    assert {served.ask(path).status for path in [*plain, "/watch/runs/known"]} == {200}
    assert served.ask("/static/peak_trade/app.css").status == 200
    asked = "import peak_trade; print(peak_trade.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tree,
        env=clean_environment({"PYTHONPATH": str(installed)}),
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed)
