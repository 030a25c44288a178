"""One cell of a DSPy optimizer: a JSON object on standard input -> scores of the sealed rows, on the last line.

In: `task`, `system`, `seed`, `model`, `url` (of the cell, and `test_url` for the sealed rows), `token`, `train`, `dev`,
`test` (rows), `output` (the field that is scored), `most` (tokens of a reply), `most_meta`.
"""

import json
import logging
import sys
import time
import warnings

import dspy

warnings.filterwarnings("ignore")
logging.getLogger("dspy").setLevel(logging.WARNING)
given = json.load(sys.stdin)
from tasks import PROGRAMS  # noqa: E402  (MIPROv2 and GEPA read the source of the program)

UNLIMITED = 1_000_000
output, seed = given["output"], given["seed"]
dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)


class Structured(dspy.LM):
    """An LM whose server holds replies to a JSON schema, as this one does: DSPy cannot know, and would not ask."""

    supports_response_schema = True
    supported_params = frozenset({"temperature", "max_tokens", "top_p", "stop", "seed", "response_format"})


def lm(url, temperature, most):
    """The LM behind the meter."""
    return Structured(
        f"openai/{given['model']}",
        api_base=url,
        api_key=given["token"],
        cache=False,
        temperature=temperature,
        max_tokens=most,
    )


def rows(name):
    """Rows as DSPy has them; all columns but the id."""
    fields = [{key: value for key, value in row.items() if key != "id"} for row in given[name]]
    return [dspy.Example(**one).with_inputs("text") for one in fields]


def metric(row, got, trace=None):
    """Whether the scored output is right."""
    return getattr(got, output, None) == row[output]


def with_feedback(row, got, trace=None, pred_name=None, pred_trace=None):
    """The same, with words for GEPA: what the call gave and what it should have given."""
    right = metric(row, got)
    said = got
    field = output
    if pred_trace:  # one call of several: its own output
        _, _, said = pred_trace[0]
        field = next((name for name in list(said.keys()) if name in row), output)
    found, wanted = said.get(field) if hasattr(said, "get") else getattr(said, field, None), row[field]
    words = f"`{field}` is right: `{wanted}`." if found == wanted else f"`{field}` must be `{wanted}`, not `{found}`."
    return dspy.Prediction(score=float(right), feedback=words)


def compiled(program, train, dev):
    """The program as the optimizer leaves it, with the settings that its documentation recommends."""
    task = dspy.settings.lm
    meta = lm(given["url"], 1.0, given["most_meta"])
    match given["system"]:
        case "dspy-zero":
            return program
        case "dspy-bfs":
            return dspy.BootstrapFewShot(metric=metric, max_errors=UNLIMITED).compile(program, trainset=train)
        case "dspy-rs":
            search = dspy.BootstrapFewShotWithRandomSearch(
                metric=metric, num_candidate_programs=16, num_threads=1, max_errors=UNLIMITED
            )
            return search.compile(program, trainset=train, valset=dev)
        case "dspy-mipro":
            joint = dspy.MIPROv2(
                metric=metric,
                prompt_model=meta,
                task_model=task,
                auto="light",
                seed=9 + seed,
                num_threads=1,
                max_errors=UNLIMITED,
            )
            return joint.compile(program, trainset=train, valset=dev)
        case "dspy-gepa":
            reflective = dspy.GEPA(metric=with_feedback, auto="light", reflection_lm=meta, seed=seed, num_threads=1)
            return reflective.compile(program, trainset=train, valset=dev)
    raise SystemExit(f"there is no system {given['system']}")


def main():
    """Tunes, then scores the sealed rows."""
    dspy.configure(lm=lm(given["url"], 0.0, given["most"]), max_errors=UNLIMITED)
    train, dev, test = rows("train"), rows("dev"), rows("test")
    program = PROGRAMS[given["task"]]()
    began = time.monotonic()
    tuned = compiled(program, train, dev)
    seconds = time.monotonic() - began
    dspy.configure(lm=lm(given["test_url"], 0.0, given["most"]), max_errors=UNLIMITED)
    for predictor in tuned.predictors():
        predictor.lm = None
    evaluate = dspy.Evaluate(
        devset=test, metric=metric, num_threads=1, max_errors=UNLIMITED, display_progress=False, display_table=False
    )
    found = evaluate(tuned)
    scores = [float(score) for _, _, score in found.results]
    state = tuned.dump_state()
    print(file=sys.stdout)
    print(json.dumps({"scores": scores, "seconds": seconds, "program": state}, default=str))


main()
