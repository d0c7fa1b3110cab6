"""The promises of docs/safety.md: each names tests that there are."""

from __future__ import annotations

import ast
import re

import pytest

from peak_trade.contract.pages.about import PROOFS
from serving import REPO

ROWS = re.findall(
    r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$", (REPO / "docs/safety.md").read_text(), re.MULTILINE
)
PROMISES = {claim: re.findall(r"`([^`]+)`", tests) for claim, tests in ROWS[1:]}


@pytest.mark.parametrize("tests", PROMISES.values(), ids=PROMISES)
def test_each_promise_names_tests_that_there_are(tests: list[str]) -> None:
    assert tests
    for test in tests:
        file, _, name = test.partition("::")
        tree = ast.parse((REPO / file).read_text())
        assert name.startswith("test_")
        assert [node for node in ast.walk(tree) if getattr(node, "name", "") == name]


def test_what_the_about_page_proves_is_promised() -> None:
    promised = {test for tests in PROMISES.values() for test in tests}
    assert {proof["test"] for proof in PROOFS} <= promised


def test_no_row_of_the_table_is_left_out() -> None:
    lines = (REPO / "docs/safety.md").read_text().splitlines()
    assert len([line for line in lines if line.startswith("| ")]) == len(PROMISES) + 1
