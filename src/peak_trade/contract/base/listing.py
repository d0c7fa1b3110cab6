"""Lists to search, sort and take away: what the tables of sessions and of runs have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from pydantic import Field, field_validator
from typing_extensions import TypedDict

from peak_trade.contract.base import downloads
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.query import Language
from peak_trade.contract.base.route import Params, Raw

R = TypeVar("R")

ROOT: Final = "root"
PAGE: Final = 100
MAX_ROWS: Final = 1000


class ListParams(Params):
    """Which rows of a list, in which order."""

    language: ClassVar[Language[Any]]

    q: str = Field(
        "", description="Terms such as `mode:shadow pnl<0`", examples=["mode:shadow pnl<0"]
    )
    sort: str = Field(
        "", description="Column to sort by, descending with `-`", examples=["-started"]
    )
    hide: str = Field(
        "", description="Columns to leave out, separated by commas", examples=["risk,dd"]
    )
    order: str = Field(
        "",
        description="Columns that come first, in this order, separated by commas",
        examples=["session,pnl"],
    )
    rows: int = Field(PAGE, ge=1, le=MAX_ROWS, description="Number of rows, the first ones")

    @field_validator("q")
    @classmethod
    def _is_query(cls, value: str) -> str:
        cls.language.parse(value)
        return value

    @field_validator("sort")
    @classmethod
    def _is_column(cls, value: str) -> str:
        cls.language.sort((), value)
        return value

    @property
    def hidden(self) -> frozenset[str]:
        """The columns to leave out."""
        return frozenset(self.hide.split(",")) - {""}

    def arranged(self, columns: Iterable[str]) -> list[str]:
        """Return the columns that are shown, in their order."""
        first = [name for name in self.order.split(",") if name]
        rank = {name: place for place, name in enumerate(first)}
        shown = [name for name in columns if name not in self.hidden]
        return sorted(shown, key=lambda name: rank.get(name, len(rank)))


class Format(Params):
    """The form of an answer."""

    format: Literal["json", "csv", "parquet"] = Field("json", description="Form of the answer")


class Listed(TypedDict):
    """Rows of a list."""

    total: f.Total
    matching: Annotated[int, f.about("Rows that match the query and the filters", 3)]
    rows: Annotated[
        list[dict[str, Any]], f.about("Value by column", [{"mode": "shadow", "pnl": 12.5}])
    ]


def chosen(rows: Sequence[R], params: ListParams) -> Sequence[R]:
    """Return the rows that match the query, sorted; all of them, in their order, without one."""
    if params.q:
        matches = params.language.parse(params.q)
        rows = [row for row in rows if matches(row)]
    return params.language.sort(rows, params.sort)


def columns_of(language: Language[Any], *, several: bool) -> list[str]:
    """Return the columns of a list; the root is one if there are `several`."""
    return [name for name in language.names if several or name != ROOT]


def answer(
    total: int,
    matching: int,
    listed: Sequence[R],
    params: ListParams,
    form: str,
    name: str,
    *,
    several: bool = False,
) -> Listed | Raw:
    """Return the rows that are listed, with the columns that are shown, as JSON or as a file.

    With `several` roots that of each row is a column.
    """
    names = params.language.names
    shown = params.arranged(columns_of(params.language, several=several))
    columns = {column: names[column].of for column in shown}
    rows = [{column: of(row) for column, of in columns.items()} for row in listed]
    if form != "json":
        return downloads.as_file(form, rows, name, list(columns))
    return {"total": total, "matching": matching, "rows": rows}


def first(
    total: int,
    found: Sequence[R],
    params: ListParams,
    form: str,
    name: str,
    *,
    several: bool = False,
) -> Listed | Raw:
    """Return the first of the rows that match, as `answer` does."""
    return answer(total, len(found), found[: params.rows], params, form, name, several=several)
