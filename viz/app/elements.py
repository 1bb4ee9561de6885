"""Small pieces of the page: boxes, buttons and escaped text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import solara
from solara.alias import rv

__all__ = ["box", "button", "escape", "markup", "note", "pick", "segments", "table"]


def box(*children: Any, cls: str = "", tag: str = "div", **attributes: str) -> Any:
    """An element that holds others."""
    shown = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    return rv.Html(
        tag=tag, class_=cls, attributes=shown, children=[one for one in children if one is not None]
    )


def markup(html: str, cls: str = "", tag: str = "div") -> Any:
    """HTML as it is: whoever writes it escapes what is not the project's own."""
    return solara.HTML(tag=tag, unsafe_innerHTML=html, classes=[cls] if cls else [])


def button(
    label: str,
    on_click: Callable[[], Any],
    icon: str = "",
    title: str = "",
    cls: str = "",
    disabled: bool = False,
    primary: bool = False,
) -> Any:
    """A flat button; `title` is its name for those who cannot see the icon."""
    return solara.Button(
        label=label or None,
        on_click=on_click,
        icon_name=icon or None,
        text=not primary,
        color="primary" if primary else None,
        disabled=disabled,
        small=True,
        classes=[cls] if cls else [],
        attributes={"aria-label": title or label, "title": title or label},
    )


def segments(
    options: Mapping[str, str], chosen: str, on_choice: Callable[[str], Any], name: str
) -> Any:
    """A row of buttons of which one is chosen."""
    shown = [
        solara.Button(
            label=label,
            on_click=partial(on_choice, key),
            text=True,
            small=True,
            outlined=key == chosen,
            attributes={"aria-pressed": "true" if key == chosen else "false"},
        )
        for key, label in options.items()
    ]
    return box(*shown, cls="abm-segments", role="group", aria_label=name)


def pick(
    label: str,
    options: Sequence[Mapping[str, str]],
    chosen: str,
    on_choice: Callable[[str], Any],
) -> Any:
    """A list to choose one from; each option has `text` and `value`."""
    return rv.Select(
        label=label, items=[dict(one) for one in options], v_model=chosen,
        on_v_model=on_choice, dense=True, outlined=True, hide_details=True,
        menu_props={"maxHeight": 420}, attributes={"aria-label": label},
    )  # fmt: skip


def note(text: str, *actions: Any, cls: str = "") -> Any:
    """A line that tells the visitor something, with what can be done about it."""
    return box(markup(escape(text), "grow"), *actions, cls=f"abm-note {cls}".strip(), role="status")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """An HTML table of escaped cells; columns of `right` hold numbers."""
    side = [' class="n"' if place in right else "" for place in range(len(columns))]

    def row(cells: Sequence[str], tag: str) -> str:
        parts = zip(cells, side, strict=True)
        return "".join(f"<{tag}{cls}>{escape(cell)}</{tag}>" for cell, cls in parts)

    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
    head = row(columns, "th")
    return f'<table class="abm-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
