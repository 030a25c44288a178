"""The options that blocks in braces take, in words: what completion offers and hover explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from lmc.elaborate.bias import BIASES
from lmc.elaborate.declarations import BACKENDS, DATA_OPTIONS, EMIT_OPTIONS, LM_CHOICES, LM_LISTS, LM_OPTIONS, ROLES
from lmc.elaborate.outside import KINDS, RETRIEVER_OPTIONS, TOOL_OPTIONS
from lmc.elaborate.settings import NUMBERS, SETTINGS, STRATEGIES
from lmc.elaborate.strategy import OWN_SETTINGS
from lmc.ir import program as ir


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its name, what it does, what its value must be, and the values where there are only some. `names` is
    the kind of declaration that its value names, if it names one."""

    name: str
    text: str
    wanted: str = ""
    values: tuple[str, ...] = ()
    names: str = ""


_TEXTS: Mapping[str, str] = {
    "temperature": "How freely the LM chooses; at 0 it always takes the likeliest token.",
    "top_p": "The LM chooses among the likeliest tokens that make up this share.",
    "max_tokens": "The most tokens of a reply.",
    "retries": "How often a reply that does not fit its type is asked for again, with what was wrong.",
    "timeout": "Seconds to wait for an answer.",
    "concurrency": "The most calls at the same time.",
    "context": "The tokens that prompt and reply have room for together.",
    "base_url": "Where an OpenAI-compatible server listens.",
    "key": "The environment variable that holds the API key.",
    "price_in": "What tokens of prompts cost.",
    "price_out": "What tokens of replies cost.",
    "fast": "Runs rows side by side: quicker, but a reply may then depend on what runs beside it.",
    "threads": "The threads of a local LM; 0: as many as there are cores.",
    "seed": "What random choices are made from: the same seed, the same choices.",
    "presence_penalty": "Makes tokens less likely that are in the text already.",
    "frequency_penalty": "Makes tokens less likely the more often they are in the text already.",
    "tools": "How the LM calls tools.",
    "structured": "What holds replies to their types: the provider's schema, a grammar, or nothing.",
    "stop": "Texts that end a reply.",
    "logit_bias": "What is added to the logits of tokens, which makes them likelier or less likely.",
    "fallback": "The LM that is asked when this one fails.",
    "split": "How the rows are shared out: `{ train: 200, dev: 0.25, test: rest }`.",
    "columns": "The names that columns have in the file: `{ text: \"utterance\" }`.",
    "lm": "The LM that answers, in the place of the usual one.",
    "instruction": "What the prompt says to do, in the place of the signature's own.",
    "demos": "The demonstrations, in the place of the signature's: a list of records of inputs and outputs.",
    "layout": "How the prompt is laid out: a record of `turns`, `fields`, `reply` and `types`.",
    "sample": "The number of a sample: equal requests with other numbers are asked anew.",
    "strategy": "Whether the LM thinks aloud before it answers.",
    "nearest": "Of the demonstrations only so many that are most like the input stand in the prompt.",
    "steps": "The most rounds of `react`.",
    "attempts": "The most programs that `program_of_thought` tries.",
    "headers": "Headers of the request; `${NAME}` in one is an environment variable.",
    "tool": "The tool's name on its server.",
    "by": "How rows are found: by their words, or by their meaning.",
    "fields": "The columns that are searched.",
    "k": "How many rows are found where the call does not say.",
    "assertions": "Whether assertions are written out too.",
    "self_contained": "Whether retrievers bring their corpora along, so that nothing else is needed.",
    "replies": "What the LM replies, one text for each call: the test asks no LM.",
    "recorded": "A file of recorded replies beside the program.",
    "train": "Rows that passes may show to LMs.",
    "dev": "Rows that candidates are compared on.",
    "test": "Rows that stay sealed until the end.",
    "turns": "Messages to and fro, one block, or a text to go on with.",
    "reply": "The form of the reply.",
    "types": "Whether the types of the outputs are stated.",
}  # fmt: skip

_SPLIT = "a number of rows, a fraction such as 0.25, or `rest`"

LM = (
    *(Option(name, _TEXTS[name], found[3], ("true", "false") if bool in found[0] else ())
      for name, found in LM_OPTIONS.items()),
    *(Option(name, _TEXTS[name], values=tuple(f'"{one}"' for one in values)) for name, values in LM_CHOICES.items()),
    *(Option(name, _TEXTS[name], words) for name, words in LM_LISTS.items()),
    Option("fallback", _TEXTS["fallback"], "the name of another LM", names="LM"),
)  # fmt: skip

CALL = tuple(
    Option(
        name,
        _TEXTS[name],
        NUMBERS[name][3] if name in NUMBERS else BIASES if name == "logit_bias" else "",
        tuple(f'"{one}"' for one in STRATEGIES) if name == "strategy" else (),
        "LM" if name == "lm" else "",
    )
    for name in (*SETTINGS, *OWN_SETTINGS)
)

LAYOUT = tuple(
    Option(name, text, values=tuple(f'"{one}"' for one in get_args(kind)))
    for name, text, kind in (
        ("turns", _TEXTS["turns"], ir.TurnStyle),
        ("fields", "How the inputs are marked.", ir.FieldStyle),
        ("reply", _TEXTS["reply"], ir.ReplyStyle),
        ("types", _TEXTS["types"], ir.TypeWords),
    )
)

DATA = tuple(Option(name, _TEXTS[name]) for name in DATA_OPTIONS)
SPLIT = tuple(Option(name, _TEXTS[name], _SPLIT, ("rest",)) for name in ROLES)
SOURCE = tuple(Option(name, _TEXTS[name], "a file") for name in ROLES)
RETRIEVER = tuple(
    Option(
        name,
        "The LM that embeds texts." if name == "lm" else _TEXTS[name],
        values=tuple(f'"{one}"' for one in KINDS) if name == "by" else (),
        names="LM" if name == "lm" else "",
    )
    for name in RETRIEVER_OPTIONS
)
TOOL = tuple(Option(name, _TEXTS[name]) for name in TOOL_OPTIONS)
EMIT = tuple(Option(name, _TEXTS[name], "true or false", ("true", "false")) for name in EMIT_OPTIONS)
TEST = (
    Option("lm", _TEXTS["lm"], "the name of a declared LM", names="LM"),
    Option("replies", _TEXTS["replies"], "a list of texts"),
    Option("recorded", _TEXTS["recorded"], "the name of a file"),
)

BACKEND_TEXTS: Mapping[str, str] = {
    "prompts": "Each prompt as Markdown to read, and as JSON messages with typed placeholders.",
    "python": "Functions of the standard library alone, type-checked, with an `lm=` parameter.",
}
assert set(BACKEND_TEXTS) == set(BACKENDS)

BLOCKS: Mapping[str, tuple[Option, ...]] = {
    "lm": LM, "data": DATA, "source": SOURCE, "split": SPLIT, "call": CALL, "layout": LAYOUT, "retriever": RETRIEVER,
    "tool": TOOL, "emit": EMIT, "test": TEST,
}  # fmt: skip
"""The options of each kind of block."""


def option_of(block: str, name: str) -> Option | None:
    """The option of a name in a kind of block."""
    return next((one for one in BLOCKS.get(block, ()) if one.name == name), None)
