"""The documents name what there is: routes with their parameters, and kinds of read errors."""

from __future__ import annotations

import re

from peak_trade.contract.pages.quality import KINDS
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings
from serving import REPO


def section(name: str, title: str) -> str:
    text = (REPO / "docs" / name).read_text(encoding="utf-8")
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def test_api_lists_every_route_with_its_parameters_and_tags() -> None:
    lines = [
        line
        for line in section("webui/DASHBOARD_API_CONTRACT_v0.md", "Routes").splitlines()
        if line.startswith("| `/")
    ]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    documented = {
        path: (set(re.findall(r"`(\w+)`", parameters)), answer.startswith("*tag*"))
        for paths, parameters, answer in rows
        for path in re.findall(r"`([^`]+)`", paths)
    }
    table = {
        route.path: (
            {field.alias or name for name, field in route.params.model_fields.items()},
            route.revision is not None,
        )
        for route in Runtime(Settings()).routes
    }
    assert documented == table


def test_api_names_the_bounds_of_parameters() -> None:
    text = section("webui/DASHBOARD_API_CONTRACT_v0.md", "Routes")
    bounds = 0
    for route in Runtime(Settings()).routes:
        row = next(line for line in text.splitlines() if f"`{route.path}`" in line)
        for name, schema in route.params.model_json_schema()["properties"].items():
            if "maximum" in schema:
                wanted = f"`{name}` {schema['minimum']}–{schema['maximum']} [{schema['default']}]"
                assert wanted in row
                bounds += 1
    assert bounds > 10


def test_data_lists_every_kind_of_read_error() -> None:
    documented = re.findall(
        r"^\| `(\w+)` \|",
        section("webui/DASHBOARD_DATA_CONTRACT_v0.md", "Read errors"),
        re.MULTILINE,
    )
    assert len(KINDS) > 8
    assert set(documented) == set(KINDS)
