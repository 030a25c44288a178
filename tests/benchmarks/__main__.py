"""`python -m tests.benchmarks`: measures, prints the table, writes RESULTS.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks.emission import emit
from tests.benchmarks.environment import Peers, installed
from tests.benchmarks.evaluation import evaluate
from tests.benchmarks.figure import Figure, machine, table
from tests.benchmarks.overlap import overlap
from tests.benchmarks.passes import passes
from tests.benchmarks.replies import replies
from tests.benchmarks.search import search
from tests.benchmarks.startup import check, import_emitted

RESULTS = Path(__file__).with_name("RESULTS.md")

HEADER = """\
# Benchmark results

Written by `python -m tests.benchmarks`; [README.md](README.md) says what is measured and how. Every row
is printed, also those that lose. A ratio is how many times better than the peer lmc is.

"""

PARTS: dict[str, Callable[[Peers], Iterable[Figure]]] = {
    "check": lambda peers: [check(peers)],
    "import": lambda peers: [import_emitted(peers)],
    "emit": lambda peers: [emit(peers, examples) for examples in (False, True)],
    "evaluate": evaluate,
    "overlap": overlap,
    "passes": lambda peers: passes(),
    "search": search,
    "replies": replies,
}


def main() -> None:
    """Measures all parts, or those named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Compares lmc with its peers.")
    parser.add_argument("parts", nargs="*", help=f"what to measure, instead of all: {', '.join(PARTS)}")
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}")
    peers, facts, began = installed(), machine(), time.monotonic()
    figures: list[Figure] = []
    for name in chosen:
        print(f"measuring: {name}", file=sys.stderr)
        figures += PARTS[name](peers)
    text = table(figures)
    print(text)
    facts += f" Measured in one go, in {time.monotonic() - began:.0f} s; peers: DSPy 3.4.1, BAML 0.226.3."
    print(facts)
    if chosen == list(PARTS):
        RESULTS.write_text(f"{HEADER}{text}\n{facts}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
