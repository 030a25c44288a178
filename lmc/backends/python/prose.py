"""Doc strings and comments of emitted code, out of texts that somebody wrote."""

from __future__ import annotations

import re
from textwrap import dedent, wrap

from lmc.backends.python.layout import HIDDEN, WIDTH

DIRECTIVE = re.compile(r"\s*(type|fmt|mypy|ruff|noqa|pyright|pylint|flake8|isort|yapf|pragma)\b|\s*-\*-", re.I)
"""What a tool would read as an order to itself at the start of a comment."""


def docstring(text: str, indent: int) -> list[str]:
    """The lines of a doc string, indented; paragraphs are filled, indented lines keep their place."""
    pad = " " * indent
    lines = filled(text, WIDTH - indent - 4)
    if not lines:
        return []
    lines = [line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for line in lines]
    if lines[-1].endswith('"'):
        # A quotation mark cannot be the last character before the closing ones.
        lines[-1] += "."
    first, rest = lines[0], dedent("\n".join(lines[1:])).split("\n") if lines[1:] else []
    if not rest:
        return [f'{pad}"""{first}"""']
    return [f'{pad}"""{first}', *(pad + line if line else "" for line in rest), f'{pad}"""']


def comment(text: str, indent: int = 0) -> list[str]:
    """The lines of a comment."""
    pad = " " * indent
    lines = [f"… {line}" if DIRECTIVE.match(line) else line for line in filled(text, WIDTH - indent - 4)]
    return [f"{pad}# {line}" if line else f"{pad}#" for line in lines]


def filled(text: str, width: int) -> list[str]:
    """The lines of a text, long ones broken between words, without white space at their ends and without what cannot
    be seen."""
    lines: list[str] = []
    for line in text.expandtabs(4).splitlines():
        line = HIDDEN.sub(lambda found: found.group() if found.group() == "\\" else " ", line).rstrip()
        start = line[: len(line) - len(line.lstrip(" "))]
        behind = start + "    " if start and re.match(r"\S+: ", line.lstrip(" ")) else start
        if len(line) > width:
            lines += wrap(line, width, subsequent_indent=behind, break_long_words=False, break_on_hyphens=False)
        else:
            lines.append(line)
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return [lines[0].lstrip(), *lines[1:]] if lines else []
