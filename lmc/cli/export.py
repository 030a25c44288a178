"""`lmc export`."""

from __future__ import annotations

from pathlib import Path

import click

from lmc.cli.common import loaded_program, program_argument
from lmc.cli.door import guarded
from lmc.diagnostics import Failure
from lmc.report.problems import no_record
from lmc.report.tuning import Tuning, tunings_of
from lmc.source import SourceFile


@click.command()
@program_argument
@click.option("--to", "kind", type=click.Choice(["mlflow", "otel", "optuna"]), required=True, help="What TARGET is.")
@click.argument("target")
def export(file: Path, kind: str, target: str) -> None:
    """Hand what the tunings of FILE compared to another tool.

    TARGET is, for mlflow, the URL of a tracking server or a folder (`mlflow server --backend-store-uri
    sqlite:///FOLDER/mlflow.db` shows it); for otel the URL of a collector that speaks OTLP over HTTP; for optuna a
    file: a journal where its name ends in `.log` (`optuna-dashboard FILE` shows it), else SQLite (`optuna-dashboard
    sqlite:///FILE`).
    """
    sources: dict[str, SourceFile] = {}
    with guarded(sources=sources):
        loaded, program = loaded_program(file, sources)
        tunings = tunings_of(loaded)
        for one in tunings:
            if one.record is None:
                raise Failure(no_record(one.name))
        for line in exported(kind, program.name, tunings, target):
            click.echo(line)


def exported(kind: str, program: str, tunings: tuple[Tuning, ...], target: str) -> list[str]:
    """Exports tunings that have records; what was done, in lines. Raises Failure."""
    match kind:
        case "mlflow":
            from lmc.report.mlflow import export_mlflow

            return [f"run {one} in {target}" for one in export_mlflow(program, tunings, target)]
        case "otel":
            from lmc.report.otel import export_tunings

            return [f"trace {one} sent to {target}" for one in export_tunings(tunings, target)]
        case _:
            from lmc.report.optuna import export_optuna

            records = [one.record for one in tunings if one.record is not None]
            return [f"study `{one}` in {target}" for one in export_optuna(records, Path(target))]
