"""Failures and successes in the words in which proposers are shown them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lmc.analysis.calls import sites
from lmc.ir.program import Program
from lmc.optimize.bench import Bench
from lmc.optimize.proposing.grounding import cut
from lmc.optimize.reflecting.failures import Example
from lmc.prompts.compile import outputs_of, strategy_of
from lmc.runtime.prompt import show

WIDTH = 160
"""Characters of one value."""


def case_words(program: Program, bench: Bench, address: str, example: Example) -> str:
    """What a call took and gave in a run, what the row wants, and what was said of it: a line each."""
    call = example.call(address)
    lines = [] if call is None else [f"{name}: {shown(value)}" for name, value in call.inputs.items()]
    if call is not None:
        lines.append(f"gave {given(call.outputs)}" if call.outputs else f"replied {last_reply(call.replies)}")
    lines += [f"wanted {wanted}" for wanted in [wanted_words(program, bench, address, example)] if wanted]
    said = example.scored.feedback or example.scored.problem or example.scored.missing or ""
    return "\n".join([*lines, *([f"said of it: {cut(said, WIDTH)}"] if said else [])])


def numbered(cases: Sequence[str]) -> str:
    """Cases with a number each; `none` where there are none."""
    return "\n".join(f"{number}. {one}" for number, one in enumerate(cases, 1)) or "none"


def wanted_words(program: Program, bench: Bench, address: str, example: Example) -> str:
    """What the row wants of a call where it says so, else of the whole run: the columns that the module does not
    take."""
    taken = {param.name for param in program.module(bench.module).params}
    gold = {name: value for name, value in example.row.values.items() if name not in taken and name != "id"}
    predict = dict(sites(program, bench.module))[address]
    outputs = [one.name for one in outputs_of(program.signature(predict.signature), strategy_of(predict))]
    own = {name: gold[name] for name in outputs if name in gold}
    return given(own or gold)


def given(values: Mapping[str, Any]) -> str:
    """Values by name; one alone without its name."""
    if len(values) == 1:
        return shown(next(iter(values.values())))
    return ", ".join(f"{name}: {shown(value)}" for name, value in values.items())


def shown(value: Any) -> str:
    """A value on one line."""
    return cut(show(value, "text"), WIDTH)


def last_reply(replies: Iterable[Any]) -> str:
    """The last of an LM's replies."""
    texts = [reply.said for reply in replies]
    return cut(texts[-1], WIDTH) if texts else "nothing"
