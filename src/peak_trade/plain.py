"""Text as plain text, wherever a character can be a command: terminals, logs, lines of a file.

Guarantees: what is returned holds no control character, no separator of lines, nothing that turns
the direction of writing or cannot be seen, and no half of a character; all else is as it was. Text
that went through once stays the same when it goes through again.
"""

from __future__ import annotations

import json
import re
from typing import Final

_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE_IN_LINES: Final = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))

_TURNING: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def undirected(text: str) -> str:
    """Return `text` with escapes in place of what turns the direction of writing around it."""
    return text if text.isascii() else _TURNING.sub(_escape, text)


def escaped(text: str) -> str:
    """Return `text` as one line, with escapes in place of what is not plain."""
    return _UNSAFE.sub(_escape, text)


def escaped_lines(text: str) -> str:
    """Return `text` with its line ends, and with escapes in place of all else that is not plain."""
    return _UNSAFE_IN_LINES.sub(_escape, text.replace("\r\n", "\n"))


def escaped_json(document: str) -> str:
    """Return a JSON document that says the same and is plain."""
    return _UNSAFE_IN_LINES.sub(lambda found: json.dumps(found[0])[1:-1], document)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
