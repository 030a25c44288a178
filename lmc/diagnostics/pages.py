"""The pages that `lmc explain` prints: one Markdown file for each code, which is also a test (tests/pages)."""

from __future__ import annotations

import re
from pathlib import Path

_COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)


def page(code: str) -> str | None:
    """The page of a code as Markdown, without comments; None if there is none. Reads the installed package."""
    text = raw_page(code)
    return None if text is None else _COMMENT.sub("", text)


def raw_page(code: str) -> str | None:
    """The page of a code as it is stored."""
    if re.fullmatch(r"LMP[0-9]{4}", code) is None:
        return None
    from importlib.resources import files

    file = files("lmc.diagnostics").joinpath("pages", f"{code}.md")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def page_path(code: str) -> Path | None:
    """Where the page of a code lies on the disk; None if there is none, or the package is in an archive."""
    path = Path(__file__).with_name("pages") / f"{code}.md"
    return path if path.is_file() else None
