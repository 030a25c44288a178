"""Tunings and runs as traces of OpenTelemetry, sent to a collector by OTLP over HTTP.

A tuning is a span, with one for each pass in it, and in that one for each comparison of a candidate. A record has no
times, so that the same tuning is the same trace: a millisecond stands for a call. A run is a span with one for each
call of an LM in it, which has the attributes that OpenTelemetry's conventions for generative AI give it
(`gen_ai.*`); replies that took so long one after another give the times.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, cast

from lmc import __version__
from lmc.diagnostics import Failure
from lmc.driver.record import Record, record_digest
from lmc.execute.interpreter import Outcome
from lmc.execute.trace import Call
from lmc.ir.program import Program
from lmc.prompts import templates
from lmc.report.changes import changes_of, summary
from lmc.report.problems import export_failed, not_installed
from lmc.report.tuning import Tuning

CALL = 1_000_000
"""How long a call is taken to be in the trace of a tuning, in nanoseconds."""

Attributes = Mapping[str, Any]


def export_tunings(tunings: Sequence[Tuning], target: str) -> list[str]:
    """Sends the traces of tunings to the collector at `target` (its base URL, or that of its traces); their ids. Raises
    Failure: LMP0581 without OpenTelemetry, LMP0582 when the collector does not take them."""
    ids = []
    for tuning in tunings:
        record = tuning.record
        assert record is not None
        with tracing(target, seed=record_digest(record)) as tracer:
            ids.append(tuning_spans(tracer, tuning, record))
    return ids


def export_run(program: Program, module: str, inputs: Mapping[str, Any], outcome: Outcome, target: str) -> str:
    """Sends the trace of a run that has just ended; its id. Raises Failure as `export_tunings` does."""
    with tracing(target) as tracer:
        return run_spans(tracer, program, module, inputs, outcome)


@contextmanager
def tracing(target: str, seed: str | None = None) -> Iterator[Any]:
    """A tracer whose spans are sent when the block ends. `seed`: ids follow from it."""
    for package in ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"):
        if not installed(package):
            raise Failure(not_installed("OpenTelemetry", "otel"))
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    held, ids = InMemorySpanExporter(), Ids(seed)
    resource = Resource.create({"service.name": "lmc", "service.version": __version__})
    provider: Any = TracerProvider(resource=resource, id_generator=cast(Any, ids), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(held))
    yield provider.get_tracer("lmc", __version__)
    provider.shutdown()
    logging.getLogger("opentelemetry.exporter.otlp").setLevel(logging.CRITICAL)  # the diagnostic says it once
    exporter: Any = OTLPSpanExporter(endpoint=endpoint(target), timeout=10)
    try:
        result = exporter.export(held.get_finished_spans())
    except Exception as error:  # what its transport raises, for example for a URL that is none
        raise Failure(export_failed(target, str(error)[:300] or type(error).__name__)) from None
    finally:
        exporter.shutdown()
    if result is not SpanExportResult.SUCCESS:
        raise Failure(export_failed(target, "the collector did not take the spans"))


class Ids:
    """Ids of traces and spans: by a seed, or by lot."""

    def __init__(self, seed: str | None) -> None:
        self._random = random.Random(seed)

    def generate_span_id(self) -> int:
        """The id of a span: 64 bits, not 0."""
        return self._random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        """The id of a trace: 128 bits, not 0."""
        return self._random.getrandbits(128) or 1

    def is_trace_id_random(self) -> bool:
        """Whether all bits of a trace's id are by lot."""
        return True


def installed(package: str) -> bool:
    """Whether a package can be imported."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def endpoint(target: str) -> str:
    """Where a collector takes traces."""
    return target if target.rstrip("/").endswith("/v1/traces") else target.rstrip("/") + "/v1/traces"


def tuning_spans(tracer: Any, tuning: Tuning, record: Record) -> str:
    """The spans of a tuning; the id of their trace. They end now."""
    entry = record.entry
    begin = time.time_ns() - sum(one.calls for one in record.stages) * CALL
    attributes: dict[str, Any] = {
        "lmc.program": record.program,
        "lmc.module": record.module,
        "lmc.profile": record.profile,
        "lmc.metric": record.metric,
        "lmc.sealed": entry.sealed,
        "lmc.kept_as_written": tuning.kept,
        "lmc.seed": entry.seed,
        "lmc.calls": entry.spent.calls,
        "lmc.tokens": entry.spent.tokens,
        "lmc.dollars": entry.spent.dollars,
        "gen_ai.request.model": ", ".join(record.lms.values()),
    }
    for name in ("baseline", "tuned", "difference", "crossfit"):
        if (estimate := getattr(entry, name)) is None:
            continue
        attributes |= {f"lmc.{name}.{part}": getattr(estimate, part) for part in ("score", "low", "high", "n")}
    root = tracer.start_span(f"tune {tuning.name}", start_time=begin, attributes=attributes)
    inside, spent = within(root), 0
    for stage in record.stages:
        trials = [
            (number, one)
            for number, one in enumerate(record.trials)
            if stage.name and one.stage == stage.name and spent <= one.calls <= spent + stage.calls
        ]
        words: dict[str, Any] = {
            "lmc.outcome": stage.outcome,
            "lmc.calls": stage.calls,
            "lmc.reused": stage.reused,
            "lmc.tokens": stage.tokens,
            "lmc.dollars": stage.dollars,
            "lmc.notes": stage.notes,
        }
        name = f"pass {stage.name}" if stage.name else "score at the end"
        span = tracer.start_span(name, inside, start_time=begin + spent * CALL, attributes=words)
        last = spent
        for number, _ in trials:
            candidate_span(tracer, within(span), record, number, (begin + last * CALL, begin))
            last = record.trials[number].calls
        spent += stage.calls
        span.end(begin + spent * CALL)
    root.end(begin + spent * CALL)
    return f"{root.get_span_context().trace_id:032x}"


def candidate_span(tracer: Any, inside: Any, record: Record, number: int, times: tuple[int, int]) -> None:
    """The span of a comparison; `times` are when the one before ended, and when the tuning began."""
    trial = record.trials[number]
    candidate = record.candidates[trial.candidate]
    changes = changes_of(record.written, candidate.slots, candidate.structure)
    attributes: dict[str, Any] = {
        "lmc.candidate": trial.candidate,
        "lmc.changes": summary(changes) or "as written",
        "lmc.origin": trial.origin,
        "lmc.decision": trial.decision,
        "lmc.rows": trial.rows,
        "lmc.score": trial.score,
    }
    if trial.against is not None and trial.incumbent is not None:
        attributes |= {"lmc.against": trial.against, "lmc.incumbent": trial.incumbent}
    span = tracer.start_span(f"candidate {trial.candidate}", inside, start_time=times[0], attributes=attributes)
    span.end(times[1] + trial.calls * CALL)


def run_spans(tracer: Any, program: Program, module: str, inputs: Mapping[str, Any], outcome: Outcome) -> str:
    """The spans of a run; the id of their trace. They end now."""
    from opentelemetry.trace import Status, StatusCode

    took = [int(1e9 * sum(reply.seconds for reply in call.replies)) for call in outcome.calls]
    begin = time.time_ns() - sum(took)
    attributes = {"lmc.program": program.name, "lmc.module": module, "lmc.inputs": text(dict(inputs))}
    if outcome.error is None:
        attributes["lmc.value"] = text(outcome.value)
    root = tracer.start_span(f"run {module}", start_time=begin, attributes=attributes)
    at, asked = begin, templates(program)
    for call, length in zip(outcome.calls, took, strict=True):
        declared = program.lm(asked[call.address]["lm"]).reference if call.address in asked else ""
        options = asked[call.address]["options"] if call.address in asked else {}
        named = call_attributes(call, declared, options)
        kind = kind_client()
        span = tracer.start_span(f"chat {call.address}", within(root), kind=kind, start_time=at, attributes=named)
        if call.problem:
            span.set_status(Status(StatusCode.ERROR, call.problem))
        at += length
        span.end(at)
    if outcome.error is not None:
        root.set_status(Status(StatusCode.ERROR, outcome.error.message))
        root.set_attribute("error.type", outcome.error.code)
    root.end(at)
    return f"{root.get_span_context().trace_id:032x}"


def call_attributes(call: Call, reference: str, options: Attributes) -> dict[str, Any]:
    """The attributes of a call of an LM, by OpenTelemetry's conventions for generative AI."""
    provider, _, model = reference.partition("/")
    last = call.replies[-1] if call.replies else None
    found: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": sum(reply.prompt_tokens for reply in call.replies),
        "gen_ai.usage.output_tokens": sum(reply.completion_tokens for reply in call.replies),
        "gen_ai.response.finish_reasons": [reply.finish for reply in call.replies],
        "gen_ai.output.messages": text(
            [
                {
                    "role": "assistant",
                    "parts": [{"type": "text", "content": reply.text}],
                    "finish_reason": reply.finish,
                }
                for reply in call.replies
            ]
        ),
        "lmc.call": call.address,
        "lmc.inputs": text(dict(call.inputs)),
        "lmc.attempts": len(call.replies),
        "lmc.dollars": sum(reply.dollars for reply in call.replies),
        "lmc.cached": last is not None and last.cached,
    }
    if call.outputs is not None:
        found["lmc.outputs"] = text(dict(call.outputs))
    for name, said in (("temperature", "temperature"), ("top_p", "top_p"), ("max_tokens", "max_tokens")):
        if isinstance(options.get(name), int | float):
            found[f"gen_ai.request.{said}"] = options[name]
    if call.problem:
        found["error.type"] = "reply"
    return found


def kind_client() -> Any:
    """The kind of a span that asks something outside."""
    from opentelemetry.trace import SpanKind

    return SpanKind.CLIENT


def within(span: Any) -> Any:
    """The context of the spans inside one."""
    from opentelemetry.trace import set_span_in_context

    return set_span_in_context(span)


def text(value: Any) -> str:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False)
