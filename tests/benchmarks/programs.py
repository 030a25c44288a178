"""The programs and rows that are measured, in `.lmp` and in BAML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from lmc.driver.load import load
from lmc.evaluate.rows import Row
from lmc.ir.program import Program
from lmc.passes import simplify

JUDGE = """\
lm small = "local/small"

type Parity = "even" | "odd"

data numbers = "numbers.jsonl" { split: { train: 40, dev: 40, test: 20 }, seed: 0 }

signature Judge {
  "Is the number even or odd?"
  in text: str
  out parity: Parity
}

module Main(text: str) -> Parity {
  let verdict = predict Judge(text)
  return verdict.parity
}

metric accuracy(want, got) = exact(want.parity, got)

optimize Main { data numbers metric accuracy lm small budget 100000 calls seed 0 }
"""
"""One predictor with a closed output."""

SIGNATURE = """\
type Urgency{n} = enum {{ Low, Medium, High }}

signature Triage{n} {{
  "Triage ticket kind {n}: say how urgent it is, and why."
  in ticket: str "the text of the ticket, as the customer wrote it"
  in customer: str "the name of the customer"
  out urgency: Urgency{n} "how soon someone has to answer"
  out reason: str "one sentence that says why"
{demo}}}

module Desk{n}(ticket: str, customer: str) -> Triage{n} {{
  return predict Triage{n}(ticket, customer)
}}
"""

FUNCTION = """\
enum Urgency{n} {{
  Low
  Medium
  High
}}

class Triage{n} {{
  urgency Urgency{n} @description("how soon someone has to answer")
  reason string @description("one sentence that says why")
}}

function Desk{n}(ticket: string, customer: string) -> Triage{n} {{
  client Small
  prompt #"
    Triage ticket kind {n}: say how urgent it is, and why.

    {{{{ ctx.output_format }}}}

    {{{{ _.role("user") }}}}
    Ticket: {{{{ ticket }}}}
    Customer: {{{{ customer }}}}
  "#
}}
"""
"""The same as SIGNATURE in BAML: input, output and prompt."""

BAML_HEADER = """\
client<llm> Small {
  provider openai-generic
  options {
    base_url "http://127.0.0.1:9/v1"
    model "small"
  }
}

generator python {
  output_type "python/pydantic"
  output_dir "../"
  version "0.226.3"
  default_client_mode sync
}
"""


DEMO = """\
  demo { ticket: "The printer is on fire.", customer: "Ann" => urgency: "High", reason: "Something burns." }
"""

TEST = """\
test Printer{n} {{
  functions [Desk{n}]
  args {{
    ticket "The printer is on fire."
    customer "Ann"
  }}
  @@assert({{{{ this.urgency == "High" }}}})
}}
"""
"""An example in BAML: a test, which no prompt has."""


def signatures(count: int, demos: bool = False) -> str:
    """A program of so many signatures, each with a module that calls it, and if wanted with a demonstration."""
    demo = DEMO if demos else ""
    parts = [SIGNATURE.format(n=n, demo=demo) for n in range(count)]
    return "\n".join(['lm small = "openai/small"\n', *parts, 'emit prompts, python to "out"\n'])


def functions(count: int, tests: bool = False) -> str:
    """The BAML program of so many functions, if wanted with a test each."""
    parts = [FUNCTION.format(n=n) + (TEST.format(n=n) if tests else "") for n in range(count)]
    return "\n".join([BAML_HEADER, *parts])


def parity(number: int) -> str:
    """What is wanted of a number."""
    return "odd" if number % 2 else "even"


def records(count: int) -> Iterator[dict[str, str]]:
    """The records of so many rows, each of another number."""
    for number in range(count):
        yield {"id": str(number), "text": f"number {number}", "parity": parity(number)}


def rows(count: int) -> tuple[Row, ...]:
    """The same as rows."""
    return tuple(Row(record["id"], record, line, "numbers.jsonl") for line, record in enumerate(records(count), 1))


def judge(folder: Path) -> Program:
    """The program of one predictor, ready to run; its files are put into the folder."""
    (folder / "pyproject.toml").write_text("")
    (folder / "numbers.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records(100)))
    (folder / "judge.lmp").write_text(JUDGE)
    program = load(folder / "judge.lmp").program
    assert program is not None
    return simplify(program)


def number_in(text: str) -> int:
    """The number that a prompt asks about: the last one of its form."""
    return int(text.rsplit("number ", 1)[1].split(maxsplit=1)[0])
