"""What the models of pages with a list have in common: the view that the URL has."""

from __future__ import annotations

from typing import ClassVar

import param
from pydantic import ValidationError

from peak_trade.contract.base.listing import ListParams
from peak_trade.models.base import ViewModel


class ListModel(ViewModel):
    """Query, filters, order, hidden columns and number of rows."""

    params: ClassVar[type[ListParams]]

    chosen: param.Parameter[dict[str, str]] = param.Parameter({}, doc="The view, as the URL has it")
    fault = param.String("", doc="Why the view cannot be understood; empty if it can")
    table: param.Parameter[ListParams] = param.Parameter(
        doc="The last view that could be understood"
    )

    @param.depends("table", "fault", "chosen", watch=True)
    def on_choice(self) -> None:
        """Bring the payload up to date."""
        self.request()

    @param.depends("chosen", watch=True)
    def _check(self) -> None:
        """Take the view; one that cannot be understood leaves what is shown."""
        try:
            self.param.update(table=self.params.model_validate(self.chosen), fault="")
        except ValidationError as error:
            self.fault = error.errors()[0]["msg"].removeprefix("Value error, ")
