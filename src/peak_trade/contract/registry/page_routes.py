"""Rows of the route table about the payloads of the pages, made from the table of pages."""

from __future__ import annotations

from types import new_class
from typing import Annotated, Any, Final

from pydantic import Field, create_model

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params, Route
from peak_trade.contract.registry.pages import NAMED, PAGES, PageRoute
from peak_trade.contract.service.schema import Verdict
from peak_trade.contract.service.verdict import verdict
from peak_trade.errors import NotFoundError

PATH: Final = "/api/v0/pages/{name}"


def payload_route(page: PageRoute) -> Route:
    """Return the row of a page's payload; that of a page of one thing takes its id as `id`."""
    names_a_thing = page.family or "run" in page.view_params.model_fields
    errors = (404,) if names_a_thing else ()
    return Route(
        PATH.format(name=page.name),
        _judged(_of_one_thing(page) if page.id_name else page.build),
        _with_verdict(page.payload),
        f"Payload of the page `{page.path}`",
        _with_id(page) if page.id_name else page.view_params,
        tags=("payloads",),
        errors=errors,
    )


def _with_verdict(payload: Any) -> Any:
    """Return the type of a payload with the verdict that is on top of its page."""
    told = {"verdict": Annotated[Verdict, f.about("What needs attention now, on every page")]}
    fields = {"__annotations__": told, "__doc__": payload.__doc__, "__module__": __name__}
    return new_class(payload.__name__, (payload,), exec_body=lambda body: body.update(fields))


def _judged(build: Any) -> Any:
    async def judged(context: Context, params: Params) -> Any:
        return {**await build(context, params), "verdict": await verdict(context)}

    return judged


def _with_id(page: PageRoute) -> type[Params]:
    text = "Percent-encoded, as in the address of the page"
    given = (str, Field(description=text, examples=[page.example]))
    return create_model(f"{page.title}PageParams", __base__=page.view_params, id=given)


def _of_one_thing(page: PageRoute) -> Any:
    async def build(context: Context, params: Params) -> Any:
        thing: str = params.id  # type: ignore[attr-defined]  # it is one of `_with_id`
        try:
            return await page.build(context, params, **{page.id_name: thing})
        except NotFoundError as error:
            raise NotFoundError(page.unknown.format(id=thing)) from error

    return build


PAYLOAD_ROUTES: Final = tuple(payload_route(page) for page in PAGES if page is NAMED[page.name])
