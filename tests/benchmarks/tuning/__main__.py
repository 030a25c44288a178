"""`python -m tests.benchmarks.tuning run | report`: measures the cells that are missing, and writes RESULTS.md."""

from __future__ import annotations

import argparse
import sys
import time

from tests.benchmarks.tuning.cells import keep, missing
from tests.benchmarks.tuning.meter import Meter
from tests.benchmarks.tuning.proxy import DEFAULT_PORT
from tests.benchmarks.tuning.systems import BUDGETS, OURS, PEERS, cells, run
from tests.benchmarks.tuning.tasks import TASKS


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.tuning", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    running = parts.add_parser("run", help="measure the cells that are missing, in this order")
    running.add_argument("--systems", default=",".join((*OURS, *PEERS)), help=f"of {', '.join((*OURS, *PEERS))}")
    running.add_argument("--tasks", default=",".join(one.name for one in TASKS))
    running.add_argument("--seeds", default="0,1,2")
    running.add_argument("--lm", default="smollm2-135m")
    running.add_argument("--budgets", default=",".join(map(str, BUDGETS)), help="of lmc-auto, for each call of a run")
    running.add_argument("--port", type=int, default=DEFAULT_PORT)
    running.add_argument("--threads", type=int, default=1, help="those of the proxy, for the record")
    running.add_argument("--failed", action="store_true", help="measure those again that ended with an error")
    parts.add_parser("report", help="write RESULTS.md from the results")
    chosen = parser.parse_args()
    if chosen.part == "report":
        from tests.benchmarks.tuning.report import write

        write()
        return
    seeds, budgets = ([int(one) for one in text.split(",")] for text in (chosen.seeds, chosen.budgets))
    wanted = cells(chosen.tasks.split(","), chosen.systems.split(","), seeds, chosen.lm, budgets)
    for number, cell in enumerate(todo := missing(wanted, chosen.lm, failed=chosen.failed), 1):
        say(f"{number} of {len(todo)}: {cell.name}")
        result = run(cell, Meter(chosen.port), chosen.threads)
        keep(result)
        score = 100 * sum(result.scores) / max(len(result.scores), 1)
        counts = result.tuning
        taken = f"{counts['served']} calls ({counts['stored']} stored), {result.seconds} s"
        say(f"  {result.status}, {score:.1f} %, {taken}")


def say(text: str) -> None:
    """A line of the log."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
