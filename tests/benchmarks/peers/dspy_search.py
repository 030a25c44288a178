"""The LM calls of DSPy's random search over demonstrations: dev rows, candidates -> calls."""

import json
import re
import sys
import threading

import dspy
from dspy.utils import DummyLM

size, candidates = map(int, sys.argv[1:])
dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)


class Counting(DummyLM):
    """Right on every second row; counts its calls."""

    calls = 0
    lock = threading.Lock()

    def _use_example(self, messages):
        with Counting.lock:
            Counting.calls += 1
        number = int(re.findall(r"number (\d+)", messages[-1]["content"])[-1])
        return self._format_answer_fields({"parity": "odd" if (number + number // 2 % 2) % 2 else "even"})


class Judge(dspy.Signature):
    """Is the number even or odd?"""

    text: str = dspy.InputField()
    parity: str = dspy.OutputField()


rows = [
    dspy.Example(text=f"number {n}", parity="odd" if n % 2 else "even").with_inputs("text") for n in range(150 + size)
]
dspy.configure(lm=Counting([], follow_examples=True))
teleprompter = dspy.BootstrapFewShotWithRandomSearch(
    metric=lambda row, given, trace=None: row.parity == given.parity, num_candidate_programs=candidates, num_threads=8
)
teleprompter.compile(dspy.Predict(Judge), trainset=rows[:150], valset=rows[150:])
print()
print(json.dumps({"calls": Counting.calls}))
