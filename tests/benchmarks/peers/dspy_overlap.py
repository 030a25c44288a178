"""DSPy with a slow LM that is right on every second row: what, latency, threads -> calls and wall seconds."""

import json
import re
import sys
import threading
import time

import dspy
from dspy.utils import DummyLM

what, latency, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)


class Slow(DummyLM):
    """Sleeps, then answers."""

    calls = 0
    lock = threading.Lock()

    def _use_example(self, messages):
        with Slow.lock:
            Slow.calls += 1
        time.sleep(latency)
        number = int(re.findall(r"number (\d+)", messages[-1]["content"])[-1])
        return self._format_answer_fields({"parity": "odd" if (number + number // 2 % 2) % 2 else "even"})


class Judge(dspy.Signature):
    """Is the number even or odd?"""

    text: str = dspy.InputField()
    parity: str = dspy.OutputField()


def metric(row, given, trace=None):
    return row.parity == given.parity


rows = [dspy.Example(text=f"number {n}", parity="odd" if n % 2 else "even").with_inputs("text") for n in range(470)]
train, dev = rows[:150], rows[150:]
dspy.configure(lm=Slow([], follow_examples=True), num_threads=threads)
began = time.perf_counter()
if what == "evaluate":
    name = "Evaluate"
    dspy.Evaluate(devset=dev, metric=metric, num_threads=threads, display_progress=False)(dspy.Predict(Judge))
elif what == "bootstrap":
    name = "BootstrapFewShot"
    teleprompter = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=32, max_labeled_demos=32)
    teleprompter.compile(dspy.Predict(Judge), trainset=train)
else:
    name = "BootstrapFewShotWithRandomSearch"
    teleprompter = dspy.BootstrapFewShotWithRandomSearch(metric=metric, num_candidate_programs=16, num_threads=threads)
    teleprompter.compile(dspy.Predict(Judge), trainset=train, valset=dev[:300])
print()
print(json.dumps({"name": name, "calls": Slow.calls, "wall": time.perf_counter() - began}))
