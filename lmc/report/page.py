"""The page of a report: one HTML file that needs nothing else, neither a network nor scripts.

All that stands in it may have been written by an LM or by whoever made the data: everything is escaped by the
templates, characters that cannot be seen are written as escapes, and the page's own policy lets no script run but the
one that lmc put in it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lmc import __version__
from lmc.report.view import View, money, percent

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Characters that are not seen, or that turn the direction of what stands around them."""


def page(name: str, views: Sequence[View]) -> bytes:
    """The page of a program's tunings, in UTF-8. `name` is the program's file as it is to be named."""
    templates = environment()
    script = templates.get_template("script.js").render()
    style = templates.get_template("style.css").render()
    text = templates.get_template("page.html").render(
        name=name,
        views=views,
        version=__version__,
        script=Markup(script),
        style=Markup(style),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return text.encode()


def environment() -> Environment:
    """What renders the templates: everything that is put in is escaped."""
    found = Environment(
        loader=PackageLoader("lmc.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=seen,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters.update(percent=percent, money=money, thousands=lambda count: f"{count:,}")
    return found


def seen(value: Any) -> Any:
    """A value as it is put into a template: characters that cannot be seen as escapes."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", value)
