"""The command `peak-trade`, whose pages get no payload before a file is there.

`python held_page.py FILE arguments...`
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from peak_trade.cli import main
from peak_trade.contract.base.route import Context
from peak_trade.models.alerts import AlertsModel

if __name__ == "__main__":
    file, build = Path(sys.argv.pop(1)), AlertsModel._build

    def is_there() -> bool:
        return file.exists()

    async def held(model: AlertsModel, context: Context) -> None:
        while not is_there():  # noqa: ASYNC110  # no event tells of a file
            await asyncio.sleep(0.01)
        await build(model, context)

    AlertsModel._build = held  # type: ignore[method-assign, assignment]
    main()
