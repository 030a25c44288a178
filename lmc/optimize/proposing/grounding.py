"""Instructions proposed from what is known of a task: what the data are like, what the program does, what a call takes
and gives, examples, and a tip on how to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmc.analysis.calls import named_types, sites
from lmc.evaluate.rows import Row
from lmc.ir.program import Demo, Predict, Program, Signature
from lmc.ir.types import Field
from lmc.optimize.base import OutOfBudget
from lmc.optimize.bench import Bench
from lmc.optimize.demonstrations.demos import balanced, demos_of, labeled_pools, traced_demo
from lmc.optimize.proposing.proposals import instruction_of, usable
from lmc.prompts.compile import outputs_of, strategy_of
from lmc.prompts.layout import label_of
from lmc.prompts.words import value_words
from lmc.runtime.prompt import show

TIPS = (
    "Keep it clear and short.",
    "Say exactly what tells the possible outputs apart.",
    "Be informative: describe the task and its difficulties.",
    "Take the role of an expert in the subject.",
    "Go through the task step by step.",
    "Write it in a way that is quite unlike the current one.",
)
"""How to write an instruction; one is drawn for each proposal (after MIPROv2's tips)."""

WIDTH = 200
"""Characters of a value that are shown to a proposer."""

SHOWN = 6
"""Examples that are shown to a proposer."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a proposal for a call stands on, in words. `data` is empty where nothing could be said of it."""

    data: str
    program: str
    call: str
    current: str


def grounded_instructions(
    program: Program, bench: Bench, address: str, count: int, seed_name: str = "grounded"
) -> list[str]:
    """At most `count` proposals for the instruction of the call at `address`, each once and none like the current one.
    Each is asked for with other examples and another tip, drawn by `seed_name`; all are asked for at the same time.
    Examples are of train rows. What is said of the data and of the program is asked once in a tuning. Raises
    OutOfBudget when there is no room for the proposals. After MIPROv2 (Opsahl-Ong et al. 2024)."""
    return grounded_for_all(program, bench, [address], count, seed_name)[address]


def grounded_for_all(
    program: Program, bench: Bench, addresses: Sequence[str], count: int, seed_name: str
) -> dict[str, list[str]]:
    """The proposals of `grounded_instructions` for several calls, by address, those of all asked for at the same time.
    Raises OutOfBudget when there is no room for all of them."""
    predicts = dict(sites(program, bench.module))
    asks = [
        (address, one)
        for address in addresses
        for one in grounded_asks(program, bench, address, examples_of(program, bench, address), count, seed_name)
    ]
    said = bench.propose("grounded", [one for _, one in asks])
    found = {}
    for address in addresses:
        texts = [text for (place, _), text in zip(asks, said, strict=True) if place == address]
        current = instruction_of(program, predicts[address])
        found[address] = usable(texts, current, bench.train, inputs_of(program, bench))
    return found


def grounded_asks(
    program: Program, bench: Bench, address: str, pool: Sequence[Demo], count: int, seed_name: str
) -> list[dict[str, str]]:
    """What `grounded_instructions` asks the meta-prompt `grounded`, with examples out of a pool."""
    predict = dict(sites(program, bench.module))[address]
    ground, rng = ground_of(program, bench, address), bench.rng(f"{seed_name}/{address}")
    about = {"data": ground.data, "program": ground.program, "call": ground.call, "current": ground.current}
    asks = []
    for number in range(count):
        shown = examples_text(program, predict, drawn(pool, SHOWN, bench, f"{seed_name}/{address}/{number}"))
        tip = TIPS[number] if number < len(TIPS) else rng.choice(TIPS)
        asks.append({**about, "examples": shown, "tip": tip})
    return asks


def inputs_of(program: Program, bench: Bench) -> list[str]:
    """The columns that the module takes."""
    return [param.name for param in program.module(bench.module).params]


def ground_of(program: Program, bench: Bench, address: str) -> Ground:
    """What proposals for a call stand on."""
    predict = dict(sites(program, bench.module))[address]
    written = outline(program, bench.module)
    asks = []
    rows = bench.rng("data summary").sample(bench.train, min(2 * SHOWN, len(bench.train)))
    if rows:
        asks.append(("data_summary", {"examples": "\n\n".join(map(row_text, rows))}))
    if len(sites(program, bench.module)) > 1:
        asks.append(("program_summary", {"outline": written}))
    said = asked_once(bench, asks)
    return Ground(
        said.get("data_summary", ""),
        said.get("program_summary") or written,
        call_words(program, predict),
        instruction_of(program, predict),
    )


def asked_once(bench: Bench, asks: Sequence[tuple[str, dict[str, str]]]) -> dict[str, str]:
    """What meta-prompts say, all asked at the same time, by their names; none that say nothing, or for which the budget
    has no room. The same question is asked once in a tuning, since the same request is answered once."""
    if not asks:
        return {}
    try:
        said = bench.propose_all([(name, inputs, 0) for name, inputs in asks])
    except OutOfBudget:
        return asked_once(bench, asks[:-1])
    return {name: str(one).strip() for (name, _), one in zip(asks, said, strict=True) if one is not None}


def outline(program: Program, module: str) -> str:
    """The calls that a run of the module can make: a line each, with what they take, give and are told to do."""
    lines = []
    for number, (address, predict) in enumerate(sites(program, module), 1):
        signature = program.signature(predict.signature)
        told = cut(instruction_of(program, predict))
        lines.append(f"{number}. {address}: {face(signature, predict)}. {told}")
    return "\n".join(lines)


def face(signature: Signature, predict: Predict) -> str:
    """What a call takes and gives, `text -> intent`."""
    outputs = outputs_of(signature, strategy_of(predict))
    return f"{', '.join(one.name for one in signature.inputs)} -> {', '.join(one.name for one in outputs)}"


def call_words(program: Program, predict: Predict) -> str:
    """What a call takes and gives, a line for each field."""
    signature, named = program.signature(predict.signature), named_types(program)

    def line(kind: str, one: Field) -> str:
        words = value_words(one.type, named) or "text"
        told = f" ({one.description})" if one.description else ""
        return f"{kind} {label_of(one)}: {cut(words)}{told}"

    outputs = outputs_of(signature, strategy_of(predict))
    return "\n".join([line("takes", one) for one in signature.inputs] + [line("gives", one) for one in outputs])


def examples_of(program: Program, bench: Bench, address: str) -> tuple[Demo, ...]:
    """What there is to show of a call: the train rows that tell what it takes and gives, else the demonstrations that
    it has, else its calls in good runs of the program on a few train rows. Nothing where none of them is to be had."""
    predict = dict(sites(program, bench.module))[address]
    pools = labeled_pools(program, bench.module, [(address, predict)], bench.train)
    return pools.get(address) or demos_of(program, predict) or traced(program, bench, address)


def traced(program: Program, bench: Bench, address: str) -> tuple[Demo, ...]:
    """The calls at an address in runs on a few train rows: in those of the better half, by score."""
    rows = bench.rng("traced").sample(bench.train, min(2 * SHOWN, len(bench.train)))
    try:
        (results,) = bench.results([program], rows, keep=True)
    except OutOfBudget:
        return ()
    order = sorted(range(len(rows)), key=lambda index: -results[index].score)[: max(SHOWN, len(rows) // 2)]
    return tuple(
        traced_demo(call, rows[index], failures=False)
        for index in order
        if (outcome := results[index].outcome) is not None and outcome.error is None
        for call in outcome.calls
        if call.address == address and call.outputs is not None and not call.superseded
    )


def drawn(pool: Sequence[Demo], count: int, bench: Bench, name: str) -> tuple[Demo, ...]:
    """So many of the examples, drawn by `name`: balanced over labels, out of a random half."""
    rng = bench.rng(name)
    half = rng.sample(pool, min(len(pool), max(count, len(pool) // 2)))
    return balanced(half, count, rng) if half else ()


def examples_text(program: Program, predict: Predict, demos: Sequence[Demo]) -> str:
    """Examples as a proposer is shown them: a line for each field, an empty line between two."""
    signature = program.signature(predict.signature)
    fields = {one.name: one for one in (*signature.inputs, *outputs_of(signature, strategy_of(predict)))}
    texts = []
    for demo in demos:
        values = (*demo.inputs, *demo.outputs)
        texts.append("\n".join(f"{label_of(fields[name])}: {cut(show(value, 'text'))}" for name, value in values))
    return "\n\n".join(texts)


def row_text(row: Row) -> str:
    """A row as a proposer is shown it."""
    return "\n".join(f"{name}: {cut(show(value, 'text'))}" for name, value in row.values.items() if name != "id")


def cut(text: str, width: int = WIDTH) -> str:
    """The text on one line, so many characters of it."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"
