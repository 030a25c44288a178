"""`lmc model`: the embedded models on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lmc.cli.bar import download_bar

if TYPE_CHECKING:
    from lmc.lm.models import Model, Wheel


@click.group()
def model() -> None:
    """Fetch, add, list and serve local models."""


@model.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_models(as_json: bool) -> None:
    """List the models that are here, and those that can be pulled."""
    import json

    from lmc.lm.models import REGISTRY, installed

    here = installed()
    pullable = [one for one in REGISTRY if one.name not in {model.name for model in here}]
    rows = [_row(one, one.source, one.path) for one in here] + [_row(one, one.requirement, None) for one in pullable]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        state = row["path"] or f"not here: lmc model pull {row['name']}"
        click.echo(f"{row['name']:{width}}  {row['size'] / 1e6:8.1f} MB  {state}")


@model.command()
@click.argument("name")
def pull(name: str) -> None:
    """Fetch NAME, or hf:owner/repository/file.gguf, and check it."""
    from lmc.lm import models

    with download_bar(name) as progress:
        found = models.pull(name, progress)
    click.echo(f"{found.name}  {found.path}")


@model.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def add(name: str, file: Path) -> None:
    """Take the GGUF file FILE in as NAME."""
    from lmc.lm import models

    with download_bar(name) as progress:
        found = models.add(name, file, progress)
    click.echo(f"{found.name}  {found.path}")


@model.command()
@click.argument("name")
def path(name: str) -> None:
    """Print the path of the file of NAME."""
    from lmc.diagnostics import Failure
    from lmc.lm import models
    from lmc.lm.problems import model_not_here

    found = models.find(name)
    if found is None:
        raise Failure(
            model_not_here(name, {one.name for one in models.installed()}, models.registered(name) is not None)
        )
    click.echo(str(found.path))


@model.command()
@click.argument("name")
@click.option("--port", default=8484, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--context", default=8192, show_default=True, type=click.IntRange(min=1), help="Tokens.")
@click.option("--threads", default=0, type=click.IntRange(min=0), help="0: one for each core.")
@click.option("--fast", is_flag=True, help="Answer several at once; replies are then not reproducible to the last bit.")
def serve(name: str, port: int, context: int, threads: int, fast: bool) -> None:
    """Serve NAME on loopback, OpenAI-compatible; the token is LMC_TOKEN or a random one."""
    import os
    import secrets

    from lmc.lm import models
    from lmc.lm.local import LocalLM
    from lmc.lm.server import Server
    from lmc.lm.server import serve as run

    with download_bar(name) as progress:
        found = models.locate(name, progress)
    lm = LocalLM(found.path, context, threads, name=f"local/{name}", fast=fast)
    chosen = os.environ.get("LMC_TOKEN")
    token = chosen or secrets.token_urlsafe(24)

    def started(server: Server) -> None:
        click.echo(f"serving {name} at http://127.0.0.1:{server.port}/v1; Ctrl-C ends it", err=True)
        click.echo("token: as in LMC_TOKEN" if chosen else f"token: {token}", err=True)

    run(lm, name, token, port, started)


def _row(one: Model | Wheel, source: str, path: Path | None) -> dict[str, Any]:
    return {
        "name": one.name,
        "here": path is not None,
        "size": one.size,
        "sha256": one.sha256,
        "source": source,
        "path": str(path) if path else None,
    }
