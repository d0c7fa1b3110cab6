"""The command `peak-trade`, which notes the order of roots that pages get and of answers.

`python ordered.py REPORT arguments...`; each line of the report is `root` or a path.
"""

from __future__ import annotations

import os
import sys

from bokeh.document import Document
from bokeh.model import Model
from tornado.web import RequestHandler

from peak_trade.cli import main
from peak_trade.serve.install import ConsoleTornado


def note(report: int) -> None:
    """Note both from now on."""
    add_root, log_request = Document.add_root, ConsoleTornado.log_request

    def noted_root(self: Document, model: Model) -> None:
        os.write(report, b"root\n")
        add_root(self, model)

    def noted_answer(self: ConsoleTornado, handler: RequestHandler) -> None:
        os.write(report, f"{handler.request.path}\n".encode())
        log_request(self, handler)

    Document.add_root = noted_root  # type: ignore[method-assign, assignment]
    ConsoleTornado.log_request = noted_answer  # type: ignore[method-assign]


if __name__ == "__main__":
    note(os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    main()
