"""`lmc report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from lmc.cli.common import loaded_program, program_argument
from lmc.cli.door import guarded
from lmc.report.tuning import Tuning, tunings_of
from lmc.source import SourceFile
from lmc.store import write_atomic


@click.command()
@program_argument
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="PATH", help="Where to write the page.")
@click.option("--open", "open_wanted", is_flag=True, help="Open it in the browser.")
@click.option("--json", "as_json", is_flag=True, help="Print what the page says as JSON; write no page without --out.")
def report(file: Path, out: Path | None, open_wanted: bool, as_json: bool) -> None:
    """Write what tuning found, and how, as one HTML page: scores over calls, candidates with what they change, rows won
    and lost, cost, and the prompts beside the original ones. By default it is `NAME.report.html` beside FILE."""
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, _ = loaded_program(file, sources)
        tunings = tunings_of(loaded)
        path = out or file.with_name(file.name.removesuffix(".lmp") + ".report.html")
        if out is not None or open_wanted or not as_json:
            from lmc.report.page import page
            from lmc.report.view import view_of

            write_atomic(path.resolve(), page(file.name, [view_of(one) for one in tunings]))
        if as_json:
            found = [json_of(one) for one in tunings]
            click.echo(json.dumps({"program": file.as_posix(), "tunings": found}, ensure_ascii=True))
        else:
            click.echo(f"wrote {path.as_posix()}")
            for one in tunings:
                if one.record is None:
                    click.echo(
                        f"  {one.name}: this machine has no record of the tuning, so that the page shows the lock"
                    )
        if open_wanted:
            click.launch(path.resolve().as_uri())


def json_of(tuning: Tuning) -> dict[str, Any]:
    """A tuning for programs that read it: what the lock says, and the record or null."""
    record = None if tuning.record is None else tuning.record.model_dump(mode="json", exclude={"entry"})
    return {
        "module": tuning.optimize.module,
        "profile": tuning.optimize.profile,
        "kept_as_written": tuning.kept,
        "changed_since": list(tuning.changed),
        "lock": tuning.entry.model_dump(mode="json", exclude_none=True),
        "record": record,
    }
