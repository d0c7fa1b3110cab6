"""What every answer of the product keeps, whatever was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from serving import Answer, Served

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
FORBIDDEN = ("Traceback", "pydantic", "tornado", "site-packages", ".py", "Exception")
"""What the text of an error never holds."""


def ask(
    served: Served, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> Answer:
    """Ask a data route, and check what holds for every answer."""
    answer = served.ask(path, method, headers)
    assert answer.status != 500, f"{method} {path}"
    for name, value in SECURITY.items():
        assert answer.headers[name] == value, path
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store", path
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "server" not in answer.headers
    if answer.status >= 400 and answer.body:
        text = answer.body.decode()
        assert not [word for word in FORBIDDEN if word in text], path
    return answer


def strict_json(body: bytes) -> Any:
    """Parse JSON that holds no NaN and no infinity."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(body.decode("utf-8"), parse_constant=refuse)
