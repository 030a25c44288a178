"""Exports: what MLflow, a collector of OpenTelemetry and Optuna have of a tuning afterwards."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from lmc.diagnostics import Failure
from lmc.driver.load import load
from lmc.driver.record import Record
from lmc.execute.interpreter import Interpreter
from lmc.lm.base import Reply
from lmc.lm.scripted import Scripted
from lmc.optimize.trial import Axis, StudyRecord, StudyTrial
from lmc.report import mlflow, otel
from lmc.report.optuna import export_optuna
from tests.report.conftest import Make, tuning

STUDY = StudyRecord(
    "joint 1",
    ("maximize", "minimize"),
    (
        Axis("instruction", choices=("Judge it.", "Even or odd?", None)),
        Axis("demos", choices=([1, 2], [3])),
        Axis("temperature", low=0.0, high=1.0, step=0.25),
        Axis("rate", low=1e-4, high=1.0, log=True),
        Axis("k", low=1, high=8),
    ),
    (
        StudyTrial(
            (("instruction", "Judge it."), ("demos", [1, 2]), ("temperature", 0.25), ("rate", 0.01), ("k", 3)),
            (0.5, 12.0),
            intermediate=((16, 0.4), (32, 0.5)),
            attributes=(("origin", "as it is"),),
        ),
        StudyTrial((("instruction", None), ("k", 8)), state="pruned", intermediate=((16, 0.1),)),
        StudyTrial((("instruction", "Even or odd?"),), state="failed"),
    ),
)


def recorded(path: Path, *studies: StudyRecord) -> Record:
    """The record of a program's tuning, with studies."""
    record = tuning(path).record
    assert record is not None
    return record.model_copy(update={"studies": list(studies)})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["studies.db", "studies.log"])
def test_optuna_loads_the_studies_with_the_same_trials(project: Make, tmp_path: Path, name: str) -> None:
    import optuna

    record = recorded(project("helped"), STUDY)
    names = export_optuna([record], tmp_path / name)
    assert names == ["main/Main: comparisons", "main/Main: joint 1"]
    storage: Any = f"sqlite:///{tmp_path / name}"
    if name.endswith(".log"):
        storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(tmp_path / name)))
    study = optuna.load_study(study_name="main/Main: joint 1", storage=storage)
    assert [one.name for one in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    first, second, third = study.trials
    assert first.params == {
        "instruction": "Judge it.",
        "demos": "[1, 2]",
        "temperature": 0.25,
        "rate": 0.01,
        "k": 3,
    }
    assert (first.state.name, first.values) == ("COMPLETE", [0.5, 12.0])
    assert first.intermediate_values == {16: 0.4, 32: 0.5}
    assert first.user_attrs == {"origin": "as it is"}
    assert first.distributions["k"] == optuna.distributions.IntDistribution(1, 8)
    assert first.distributions["rate"] == optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)
    assert (second.state.name, second.params, second.intermediate_values) == (
        "PRUNED",
        {"instruction": None, "k": 8},
        {16: 0.1},
    )
    assert third.state.name == "FAIL"
    compared = optuna.load_study(study_name="main/Main: comparisons", storage=storage)
    assert [one.value for one in compared.trials] == [one.score for one in record.trials]
    assert [one.params["pass"] for one in compared.trials] == [one.stage for one in record.trials]
    assert compared.best_value == max(one.score for one in record.trials)


@pytest.mark.filterwarnings("ignore")
def test_optuna_studies_are_replaced_where_they_are_ours_and_left_where_they_are_not(
    project: Make, tmp_path: Path
) -> None:
    import optuna

    target = tmp_path / "studies.log"
    record = recorded(project("helped"), STUDY)
    for _ in range(2):
        export_optuna([record], target)
    other = replace(STUDY, trials=STUDY.trials[:1])
    export_optuna([record.model_copy(update={"studies": [other]})], target)
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(target)))
    assert len(optuna.get_all_study_summaries(storage=storage)) == 2
    assert len(optuna.load_study(study_name="main/Main: joint 1", storage=storage).trials) == 1
    optuna.create_study(study_name="main/Main: theirs", storage=storage)
    with pytest.raises(Failure, match="that lmc did not write") as failure:
        export_optuna([record.model_copy(update={"studies": [replace(STUDY, name="theirs")]})], target)
    assert failure.value.diagnostic.code == "LMP0582"


@pytest.mark.filterwarnings("ignore")
def test_mlflow_has_a_run_for_the_tuning_and_one_for_each_candidate(project: Make, tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="mlflow is not installed", exc_type=ImportError)
    path = project("helped")
    one = tuning(path)
    assert one.record is not None
    (number,) = mlflow.export_mlflow("main", [one], str(tmp_path / "runs"))
    assert mlflow.export_mlflow("main", [one], str(tmp_path / "runs")) == [number]
    client = mlflow.door().MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}")
    run = client.get_run(number)
    assert run.info.status == "FINISHED"
    assert run.data.params["metric"] == "accuracy"
    assert run.data.params["lm.small"] == "scripted/small"
    assert run.data.params["budget.calls"] == "900"
    assert run.data.metrics["tuned"] == one.entry.tuned.score
    assert run.data.metrics["difference.low"] == one.entry.difference.low
    assert run.data.metrics["calls"] == one.entry.spent.calls
    stage = one.record.trials[0].stage
    history = client.get_metric_history(number, f"score/{stage}")
    assert sorted((point.step, point.value) for point in history) == sorted(
        (trial.calls, trial.score) for trial in one.record.trials if trial.stage == stage
    )
    experiment = client.get_experiment_by_name("main").experiment_id
    nested = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{number}'")
    assert len(nested) == len(one.record.candidates)
    folder = tmp_path / "runs" / "artifacts"
    names = {file.relative_to(folder / number / "artifacts").as_posix() for file in folder.rglob("*") if file.is_file()}
    assert {"lock.json", "record.json", "tuned/prompts/Main.verdict.md", "written/prompts/Main.verdict.md"} <= names


class Collector:
    """A collector of OpenTelemetry on this machine, which keeps what is sent to it."""

    def __init__(self, status: int) -> None:
        self.requests: list[Any] = []
        held = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

                data = self.rfile.read(int(self.headers["content-length"]))
                data = gzip.decompress(data) if self.headers.get("content-encoding") == "gzip" else data
                assert self.path == "/v1/traces"
                held.append(ExportTraceServiceRequest.FromString(data))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self, number: int = 0) -> list[Any]:
        """The spans of a request, those that began first first, outer ones before inner ones."""
        each = self.requests[number].resource_spans
        found = [span for one in each for it in one.scope_spans for span in it.spans]
        return sorted(found, key=lambda span: (span.start_time_unix_nano, bool(span.parent_span_id)))

    def close(self) -> None:
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def collector(request: pytest.FixtureRequest) -> Iterator[Collector]:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the OTLP exporter is not installed")
    found = Collector(getattr(request, "param", 200))
    yield found
    found.close()


def attributes(span: Any) -> dict[str, Any]:
    """The attributes of a span by name."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in span.attributes}


def test_a_tuning_is_a_trace_of_passes_and_candidates(project: Make, collector: Collector) -> None:
    one = tuning(project("helped"))
    assert one.record is not None
    ids = otel.export_tunings([one], collector.url)
    root, *rest = collector.spans()
    assert root.name == "tune Main"
    assert [root.trace_id.hex()] == ids
    assert attributes(root)["lmc.tuned.score"] == one.entry.tuned.score
    assert attributes(root)["gen_ai.request.model"] == "scripted/small"
    length = root.end_time_unix_nano - root.start_time_unix_nano
    assert length == one.entry.spent.calls * otel.CALL
    passes = [span for span in rest if span.parent_span_id == root.span_id]
    assert [span.name for span in passes] == [
        *(f"pass {stage.name}" for stage in one.record.stages if stage.name),
        "score at the end",
    ]
    by_id = {span.span_id: span for span in passes}
    trials = [span for span in rest if span.parent_span_id in by_id]
    assert len(trials) == len(one.record.trials)
    for span in trials:
        parent = by_id[span.parent_span_id]
        assert parent.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= parent.end_time_unix_nano
    scores = sorted(attributes(span)["lmc.score"] for span in trials)
    assert scores == sorted(trial.score for trial in one.record.trials)
    assert otel.export_tunings([one], collector.url + "/v1/traces") == ids


def test_a_run_is_a_trace_of_calls_with_what_models_said(project: Make, collector: Collector) -> None:
    import asyncio

    program = load(project("helped")).program
    assert program is not None

    class Counted(Scripted):
        async def __call__(self, request: Any) -> Reply:
            reply = await super().__call__(request)
            return replace(reply, prompt_tokens=7, completion_tokens=3, seconds=0.25)

    lm = Counted(lambda request: "odd" if "number 3" in str(request.body) else "neither")
    for text, good in (("number 3", True), ("number 4", False)):
        outcome = asyncio.run(Interpreter(program, {"small": lm}).run("Main", {"text": text}))
        assert (outcome.error is None) == good
        otel.export_run(program, "Main", {"text": text}, outcome, collector.url)
    (root, call), (failed, refused) = collector.spans(0), collector.spans(1)
    assert (root.name, call.name, call.kind) == ("run Main", "chat Main.verdict", 3)
    assert call.parent_span_id == root.span_id
    said = attributes(call)
    assert said["gen_ai.operation.name"] == "chat"
    assert (said["gen_ai.provider.name"], said["gen_ai.request.model"]) == ("scripted", "small")
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (7, 3)
    assert said["lmc.outputs"] == '{"parity": "odd"}'
    assert call.end_time_unix_nano - call.start_time_unix_nano == 250_000_000
    assert attributes(root)["lmc.value"] == '"odd"'
    assert failed.status.code == refused.status.code == 2
    assert attributes(refused)["lmc.attempts"] == 2


@pytest.mark.parametrize("collector", [400], indirect=True)
def test_a_collector_that_refuses_is_said(project: Make, collector: Collector) -> None:
    with pytest.raises(Failure) as failure:
        otel.export_tunings([tuning(project("helped"))], collector.url)
    assert failure.value.diagnostic.code == "LMP0582"


def test_what_is_not_installed_is_said_with_the_extra(project: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = tuning(project("helped"))
    monkeypatch.setattr(otel, "find_spec", lambda _: None)
    monkeypatch.setattr(mlflow, "find_spec", lambda _: None)
    for act, extra in (
        (lambda: otel.export_tunings([one], "http://127.0.0.1:9"), "otel"),
        (lambda: mlflow.export_mlflow("main", [one], "runs"), "mlflow"),
    ):
        with pytest.raises(Failure) as failure:
            act()
        assert failure.value.diagnostic.code == "LMP0581"
        assert failure.value.diagnostic.help == f"pip install 'lmc[{extra}]'"
