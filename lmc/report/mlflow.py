"""Tunings as runs of MLflow: one run a tuning, with a nested one for each candidate."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lmc.backends.prompts import Prompts
from lmc.diagnostics import Failure, Sink
from lmc.driver.record import Record, record_bytes, record_digest
from lmc.execute.interpreter import Outcome
from lmc.ir.program import Program
from lmc.prompts import templates
from lmc.report.changes import changes_of, summary
from lmc.report.optuna import first_line
from lmc.report.otel import call_attributes
from lmc.report.problems import export_failed, not_installed
from lmc.report.tuning import Tuning
from lmc.store import make_folder

MARK = "lmc.record"
"""The tag of a run that tells which tuning it is."""

LONGEST = 500
"""The longest value of a parameter that every store of MLflow takes."""


def export_mlflow(program: str, tunings: Sequence[Tuning], target: str) -> list[str]:
    """Logs tunings to the tracking server or store at `target` (see `store_of`), in the experiment of the program's
    name; the ids of their runs. A tuning that is there already is not logged again. Raises Failure: LMP0581 without
    MLflow, LMP0582 when the target does not take it."""
    module = door()
    try:
        store, artifacts = store_of(target)
        client = module.MlflowClient(tracking_uri=store)
        experiment = client.get_experiment_by_name(program)
        number = experiment.experiment_id if experiment else client.create_experiment(program, artifacts)
        return [log_tuning(client, number, tuning, module.entities) for tuning in tunings]
    except Failure:
        raise
    except Exception as error:  # whatever its stores raise
        raise Failure(export_failed(target, first_line(error))) from None


def export_run(program: Program, module: str, inputs: Mapping[str, Any], outcome: Outcome, target: str) -> str:
    """Logs a run that has just ended as a trace, a span for each call of an LM in it; its id. Raises Failure as
    `export_mlflow` does."""
    loaded = door()
    try:
        store, artifacts = store_of(target)
        loaded.set_tracking_uri(store)
        client = loaded.MlflowClient(tracking_uri=store)
        experiment = client.get_experiment_by_name(program.name)
        number = experiment.experiment_id if experiment else client.create_experiment(program.name, artifacts)
        took = [int(1e9 * sum(reply.seconds for reply in call.replies)) for call in outcome.calls]
        at = time.time_ns() - sum(took)
        root = client.start_trace(
            f"run {module}", inputs=dict(inputs), experiment_id=number, start_time_ns=at, span_type="CHAIN"
        )
        asked = templates(program)
        for call, length in zip(outcome.calls, took, strict=True):
            reference = program.lm(asked[call.address]["lm"]).reference
            span = client.start_span(
                f"chat {call.address}",
                root.trace_id,
                root.span_id,
                span_type="CHAT_MODEL",
                inputs=dict(call.inputs),
                attributes=call_attributes(call, reference, asked[call.address]["options"]),
                start_time_ns=at,
            )
            at += length
            said = {"outputs": call.outputs, "replies": [reply.text for reply in call.replies]}
            status = "ERROR" if call.problem else "OK"
            client.end_span(root.trace_id, span.span_id, outputs=said, status=status, end_time_ns=at)
        failed = outcome.error is not None
        value = outcome.error.message if outcome.error is not None else outcome.value
        client.end_trace(root.trace_id, outputs={"value": value}, status="ERROR" if failed else "OK", end_time_ns=at)
        loaded.flush_trace_async_logging()
        return str(root.trace_id)
    except Failure:
        raise
    except Exception as error:  # whatever its stores raise
        raise Failure(export_failed(target, first_line(error))) from None


def door() -> Any:
    """MLflow, which tells nobody that it is used."""
    if find_spec("mlflow") is None:
        raise Failure(not_installed("MLflow", "mlflow"))
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # it loads litellm, which would ask the network
    import mlflow

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return mlflow


def store_of(target: str) -> tuple[str, str | None]:
    """The address of a store, and where it keeps artifacts if that is not its own choice: a URL as it is; a folder, or
    a file in it that ends in `.db`, as SQLite with the artifacts beside it, as `mlflow server` opens it."""
    if "://" in target or target.startswith("databricks"):
        return target, None
    path = Path(target).resolve()
    path = path if path.suffix == ".db" else path / "mlflow.db"
    make_folder(path.parent)
    return f"sqlite:///{path.as_posix()}", (path.parent / "artifacts").as_uri()


def log_tuning(client: Any, experiment: str, tuning: Tuning, kinds: Any) -> str:
    """Logs one tuning, unless it is there; the id of its run."""
    record = tuning.record
    assert record is not None
    digest = record_digest(record)
    held = client.search_runs([experiment], filter_string=f"tags.`{MARK}` = '{digest}'", max_results=1)
    if held and held[0].info.status == "FINISHED":
        return str(held[0].info.run_id)
    run = client.create_run(experiment, run_name=tuning.name, tags={MARK: digest, "lmc.compiler": record.compiler})
    number, now = run.info.run_id, int(time.time() * 1000)
    params = [kinds.Param(name, value[:LONGEST]) for name, value in params_of(tuning, record)]
    client.log_batch(number, params=params)
    found = [kinds.Metric(name, value, now, step) for name, value, step in metrics_of(record)]
    for start in range(0, len(found), 500):
        client.log_batch(number, metrics=found[start : start + 500])
    for path, text in artifacts_of(tuning, record):
        client.log_text(number, text, path)
    for place in range(len(record.candidates)):
        log_candidate(client, kinds, (experiment, number, now), record, place)
    client.set_terminated(number)
    return str(number)


def log_candidate(client: Any, kinds: Any, where: tuple[str, str, int], record: Record, place: int) -> None:
    """Logs a candidate as a run within that of its tuning. `where`: the experiment, the tuning's run, and now."""
    experiment, parent, now = where
    candidate = record.candidates[place]
    trials = [one for one in record.trials if one.candidate == place]
    words = summary(changes_of(record.written, candidate.slots, candidate.structure)) or "as written"
    tags = {"mlflow.parentRunId": parent, "mlflow.note.content": words}
    tags |= {"lmc.decision": trials[-1].decision} if trials else {}
    run = client.create_run(experiment, run_name=f"candidate {place}", tags=tags).info.run_id
    said = (("pass", candidate.stage), ("origin", candidate.origin), ("changes", words))
    metrics = [kinds.Metric("score", one.score, now, one.calls) for one in trials]
    metrics += [kinds.Metric("rows", one.rows, now, one.calls) for one in trials]
    params = [kinds.Param(name, value[:LONGEST] or "-") for name, value in said]
    client.log_batch(run, metrics=metrics, params=params)
    client.set_terminated(run)


def params_of(tuning: Tuning, record: Record) -> Iterator[tuple[str, str]]:
    """The parameters of a tuning's run."""
    yield "module", record.module
    yield "profile", record.profile or "-"
    yield "metric", record.metric
    yield "dataset", record.dataset
    yield "seed", str(record.entry.seed)
    yield "passes", ", ".join(one.name for one in record.entry.passes)
    for name, reference in record.lms.items():
        yield f"lm.{name}", reference
    for name, limit in record.limits.model_dump().items():
        if limit is not None:
            yield f"budget.{name}", str(limit)
    for role, count in record.counts.items():
        yield f"rows.{role}", str(count)
    yield "sealed", str(record.entry.sealed).lower()
    yield "kept_as_written", str(tuning.kept).lower()


def metrics_of(record: Record) -> Iterator[tuple[str, float, int]]:
    """The metrics of a tuning's run by step, which is how many calls had been spent: scores of candidates and the best
    so far, by pass; at the end the scores on the sealed rows with their intervals, and what was spent."""
    best: dict[str, float] = {}
    for one in record.trials:
        best[one.stage] = max(best.get(one.stage, one.score), one.score)
        yield f"score/{one.stage}", one.score, one.calls
        yield f"best/{one.stage}", best[one.stage], one.calls
    entry = record.entry
    last = entry.spent.calls
    for name in ("baseline", "tuned", "difference", "crossfit"):
        if (estimate := getattr(entry, name)) is None:
            continue
        yield name, estimate.score, last
        yield f"{name}.low", estimate.low, last
        yield f"{name}.high", estimate.high, last
    spent = 0
    for stage in record.stages:
        spent += stage.calls
        yield f"calls/{stage.name or 'end'}", stage.calls, spent
    yield "calls", entry.spent.calls, last
    yield "tokens", entry.spent.tokens, last
    yield "dollars", entry.spent.dollars, last


def artifacts_of(tuning: Tuning, record: Record) -> Iterator[tuple[str, str]]:
    """The files of a tuning's run: the prompts as written and as tuned, what the lock says, and the record."""
    programs = {"written": tuning.written, "tuned": tuning.tuned}
    for name, program in programs.items():
        files = {} if program is None else Prompts().emit(program, f"{record.program}.lmp", Sink())
        yield from ((f"{name}/{path.as_posix()}", data.decode()) for path, data in files.items())
    yield "lock.json", record.entry.model_dump_json(indent=2, exclude_none=True)
    yield "record.json", record_bytes(record).decode()
