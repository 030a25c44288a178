"""`dspy.Evaluate` with DummyLM: rows, threads, rounds -> rows a second of each round, by wall and by processor time."""

import json
import sys
import time

import dspy
from dspy.utils import DummyLM

size, threads, rounds = map(int, sys.argv[1:])
dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)


class Judge(dspy.Signature):
    """Is the number even or odd?"""

    text: str = dspy.InputField()
    parity: str = dspy.OutputField()


rows = [dspy.Example(text=f"number {n}", parity="odd" if n % 2 else "even").with_inputs("text") for n in range(size)]
wall, cpu = [], []
for number in range(rounds + (rounds > 1)):
    dspy.configure(lm=DummyLM([{"parity": "even"}] * size))
    evaluate = dspy.Evaluate(
        devset=rows,
        metric=lambda row, given, trace=None: row.parity == given.parity,
        num_threads=threads,
        display_progress=False,
        display_table=False,
    )
    began, spent = time.perf_counter(), time.process_time()
    result = evaluate(dspy.Predict(Judge))
    taken, used = time.perf_counter() - began, time.process_time() - spent
    assert abs(result.score - 50) < 1, result.score
    if number or rounds == 1:
        wall.append(size / taken)
        cpu.append(size / used)
print(json.dumps({"wall": wall, "cpu": cpu}))
