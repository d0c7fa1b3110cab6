"""What a person fills in or turns: lines of text and switches."""

from __future__ import annotations

from typing import Any, Final

import panel as pn
import param
from bokeh.models.widgets import TextInput

from peak_trade.views.kit.elements import Component, h

# It has a shadow root, which the rules of the page do not reach; its variables do.
_TEXT_BOX: Final = """
:host { font: 14px/20px Roboto, system-ui, sans-serif; color: var(--pt-text); }
.bk-input-group { position: relative; padding-top: 7px; }
.bk-input-group > label {
  position: absolute; top: 0; left: 8px; z-index: 1; max-width: calc(100% - 16px);
  padding: 0 4px; margin: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
  font-size: 11px; line-height: 14px; color: var(--pt-muted); background: var(--pt-page);
}
input.bk-input {
  height: 40px; padding: 0 12px; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--pt-line); border-radius: 6px;
}
input.bk-input::placeholder { color: var(--pt-muted); opacity: 1; }
input.bk-input:hover { border-color: var(--pt-muted); }
input.bk-input:focus {
  outline: none; border-color: var(--pt-accent); box-shadow: 0 0 0 1px var(--pt-accent);
}
"""


class _TextBox(pn.widgets.TextInput):  # type: ignore[misc]  # panel is untyped
    """A line of text as Bokeh has it.

    The one of Panel tells of Enter beside the text itself, and its server then writes that text
    back: over what the person has typed since, when it comes late.
    """

    _widget_type = TextInput


def text_box(label: str, example: str = "") -> Any:
    """Return a line of text; `example` is what may be entered.

    Its `value_input` is what is typed, its `value` what was entered with Enter or by leaving it.
    """
    return _TextBox(
        label=label,
        placeholder=example,
        sizing_mode="stretch_width",
        margin=0,
        stylesheets=[_TEXT_BOX],
    )


class Switch(Component):
    """What is on or off; the person turns it, and so does the program."""

    value = param.Boolean(True)
    visible = param.Boolean(True)

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label
        self.elements.on_send(self._on_click)
        self._draw()

    def _on_click(self, _: str) -> None:
        self.value = not self.value

    @param.depends("value", "visible", watch=True)
    def _draw(self) -> None:
        state = str(self.value).lower()
        button = h(
            "button",
            self._label,
            role="switch",
            aria_checked=state,
            class_="switch",
            data_send="turn",
        )
        self.show(button if self.visible else None)
