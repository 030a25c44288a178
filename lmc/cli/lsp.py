"""`lmc lsp`."""

from __future__ import annotations

import click

from lmc.cli.door import guarded
from lmc.diagnostics import Failure


@click.command()
@click.option("--stdio", is_flag=True, help="Speak on standard input and output; it always does.")
def lsp(stdio: bool) -> None:
    """Answer an editor: the language server, on standard input and output."""
    with guarded():
        try:
            from lmc.editor.server import serve
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
                raise
            from lmc.report.problems import not_installed

            raise Failure(not_installed("pygls", "editor")) from None
        serve()
