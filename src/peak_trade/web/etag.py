"""Strong entity tags: a name of an answer's bytes that needs no look at the bytes.

Guarantees: answers with the same tag are the same bytes. A tag names the process (revisions mean
nothing in another one), the revisions of the artifacts, and the request as it was understood.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Final

from peak_trade import jsonio
from peak_trade.contract.base.route import Params, Route

INSTANCE: Final = secrets.token_hex(4)


def entity_tag(
    route: Route, revision: int | tuple[int, ...], params: Params, ids: Mapping[str, str]
) -> str:
    """Return the tag, with its quotes, of the answer that is not compressed."""
    asked = [route.path, params.model_dump(mode="json"), dict(ids)]
    digest = hashlib.blake2b(jsonio.dumps(asked, sort_keys=True), digest_size=8).hexdigest()
    parts = revision if isinstance(revision, tuple) else (revision,)
    return f'"{INSTANCE}-{".".join(map(str, parts))}-{digest}"'


def compressed_tag(tag: str) -> str:
    """Return the tag of the compressed form of an answer: it has other bytes."""
    return f'{tag[:-1]}-gzip"'
