"""`lmc explain`: what a diagnostic code means."""

from __future__ import annotations

import json
import re
import sys

import click

from lmc.cli import problems
from lmc.cli.door import colour_wanted, guarded
from lmc.diagnostics import CODES, Failure, did_you_mean, page


@click.command()
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@guarded()
def explain(code: str | None, as_json: bool) -> None:
    """Explain a diagnostic CODE (`LMP0101`, `lmp101` or `101`), or list every code."""
    if code is None:
        click.echo(_listing(as_json))
        return
    known = find(code)
    text = page(known) or f"# {known}: {CODES[known].title}\n"
    if as_json:
        click.echo(json.dumps({"code": known, "title": CODES[known].title, "page": text}, ensure_ascii=False))
        return
    colour = colour_wanted(sys.stdout)
    click.echo(coloured(text) if colour else text, nl=False, color=colour)


def find(written: str) -> str:
    """The code that was meant, however it was written; raises `Failure` if there is none."""
    short = re.fullmatch(r"(?:lmp)?[-_ ]?([0-9]{1,4})", written.strip().lower())
    code = f"LMP{int(short[1]):04}" if short else written.strip().upper()
    if code not in CODES:
        raise Failure(problems.unknown_code(written, did_you_mean(code, CODES)))
    return code


def coloured(text: str) -> str:
    """Markdown with its headings bold and its fences dim."""
    lines = []
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
            lines.append(click.style(line, dim=True))
        elif line.startswith("#") and not fenced:
            lines.append(click.style(line, bold=True))
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _listing(as_json: bool) -> str:
    codes = sorted(CODES.values(), key=lambda each: each.code)
    if as_json:
        return json.dumps([{"code": each.code, "title": each.title} for each in codes], ensure_ascii=False)
    return "\n".join(f"{each.code}  {each.title}" for each in codes)
