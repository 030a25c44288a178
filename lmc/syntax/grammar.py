"""The parse table of `grammar/lmp.lark`: built by lark once, then read from the home folder, without loading lark."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

FORMAT = "2"
"""Changes whenever the stored form of a table changes."""

FSTRING_OPEN = 'f"""|f"'


class Production(NamedTuple):
    """A rule of the grammar as the parser applies it: `size` symbols become an `origin`. `children` says what it hands
    to `action`: `n` for the n-th value, `-n - 2` for all of the n-th value, which is a list, `-1` for None. Without an
    action the children themselves are the value. `same`: the value is that of the only symbol."""

    origin: str
    size: int
    action: str
    children: tuple[int, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Table:
    """An LALR(1) table; its first state is 0. `states[s][symbol]` is a state to go to, or `-n - 1` to apply the n-th
    of `rules`; `words` and `marks` are the terminals of the keywords and of the punctuation; `pattern` matches one
    token, its last group being the terminal, or MARK, or NAME for keywords. In the state after the whole text, `$END`
    leads to itself."""

    states: list[dict[str, int]]
    rules: list[Production]
    words: dict[str, str]
    marks: dict[str, str]
    pattern: re.Pattern[str]


def grammar_text() -> str:
    """The grammar."""
    return grammar_file("lmp.lark")


def grammar_file(name: str) -> str:
    """The text of a file of the grammar: of the package, or of the repository that the package runs from."""
    package = Path(__file__).parents[1]
    for folder in (package / "grammar", package.parent / "grammar"):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    from importlib.resources import files

    return (files("lmc") / "grammar" / name).read_text(encoding="utf-8")


@cache
def table() -> Table:
    """The table of the grammar."""
    text = grammar_text()
    path = stored_path(text)
    stored = read_stored(path) if path else None
    if stored is None:
        stored = flatten(build(text))
        if path:
            write_stored(path, stored)
    return unflatten(stored)


def build(text: str, *, strict: bool = False) -> Lark:
    """The grammar as lark understands it. `strict` refuses tokens that collide."""
    from lark import Lark

    return Lark(text, parser="lalr", maybe_placeholders=True, strict=strict)


# What is stored: plain lists, so that no code runs when it is read


def flatten(parser: Lark) -> dict[str, Any]:
    """The table as JSON values."""
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    parse_table = parser.parser.parser._parse_table
    rules = sorted(set(parser.rules), key=lambda rule: (rule.origin.name, [one.name for one in rule.expansion]))
    numbers = {rule: number for number, rule in enumerate(rules)}
    states = [
        {
            symbol: target if action is Shift else -numbers[target] - 1
            for symbol, (action, target) in sorted(parse_table.states[state].items())
        }
        for state in range(len(parse_table.states))
    ]
    states[parse_table.end_states["start"]]["$END"] = parse_table.end_states["start"]
    literals = {one.pattern.value: one.name for one in parser.terminals if isinstance(one.pattern, PatternStr)}
    return {
        "states": renumbered(states, parse_table.start_states["start"]),
        "rules": [production(rule) for rule in rules],
        "literals": literals,
        "patterns": {
            one.name: one.pattern.to_regexp()
            for one in parser.terminals
            if one.pattern is not None and not isinstance(one.pattern, PatternStr)
        },
    }


def renumbered(states: list[dict[str, int]], start: int) -> list[dict[str, int]]:
    """The states in the order in which they are met from the first on; lark's order differs from run to run."""
    order = {start: 0}
    queue = [start]
    for state in queue:
        for target in states[state].values():
            if target >= 0 and target not in order:
                order[target] = len(order)
                queue.append(target)
    return [
        {symbol: order[target] if target >= 0 else target for symbol, target in states[state].items()}
        for state in queue
    ]


def production(rule: Rule) -> Production:
    """What applying a rule does, from lark's marks on it."""
    from lark.grammar import Terminal

    missing = rule.options.empty_indices or [False] * len(rule.expansion)
    children: list[int] = []
    position = 0
    for absent in missing:
        if absent:
            children.append(-1)
            continue
        symbol = rule.expansion[position]
        if not symbol.is_term and symbol.name.startswith("_"):
            children.append(-position - 2)
        elif not (isinstance(symbol, Terminal) and symbol.filter_out):
            children.append(position)
        position += 1
    origin = rule.origin.name
    passed = rule.options.expand1 and rule.alias is None and len(children) == 1 and children[0] >= 0
    action = "" if origin.startswith("_") else "only" if passed else rule.alias or origin
    return Production(origin, position, action, tuple(children), passed and position == 1)


def unflatten(stored: dict[str, Any]) -> Table:
    """The table of its JSON values."""
    literals: dict[str, str] = stored["literals"]
    patterns: dict[str, str] = stored["patterns"]
    marks = {text: terminal for text, terminal in literals.items() if not text[0].isalpha()}
    texts = sorted(marks, key=lambda text: (-len(text), text))
    groups = [
        ("SPACE", patterns["SPACE"]),
        ("FSTRING_OPEN", FSTRING_OPEN),
        ("NAME", patterns["NAME"]),
        ("MARK", "|".join(map(re.escape, texts))),
        ("FLOAT", patterns["FLOAT"]),
        ("INT", patterns["INT"]),
        ("STRING", patterns["STRING"]),
        ("COMMENT", patterns["COMMENT"]),
    ]
    return Table(
        stored["states"],
        [
            Production(origin, size, action, tuple(children), same)
            for origin, size, action, children, same in stored["rules"]
        ],
        {text: terminal for text, terminal in literals.items() if text[0].isalpha()},
        marks,
        re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in groups)),
    )


def stored_path(text: str) -> Path | None:
    """The file of the table of a grammar, or None where there is no home folder."""
    from hashlib import sha256

    from lmc.store import home

    key = sha256(f"{FORMAT}\n{text}".encode()).hexdigest()[:32]
    try:
        return home() / "grammar" / f"{key}.json"
    except (OSError, RuntimeError):
        return None


def read_stored(path: Path) -> dict[str, Any] | None:
    """The stored table, or None if it is not there, not whole or not one."""
    import json
    from hashlib import sha256

    try:
        checksum, _, body = path.read_text(encoding="ascii").partition("\n")
    except (OSError, ValueError):
        return None
    if checksum != sha256(body.encode()).hexdigest():
        return None
    found: dict[str, Any] = json.loads(body)
    return found


def write_stored(path: Path, stored: dict[str, Any]) -> None:
    """Stores a table; where that cannot be done, it is built again next time."""
    import json
    from contextlib import suppress
    from hashlib import sha256

    body = json.dumps(stored, separators=(",", ":"))
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_text(f"{sha256(body.encode()).hexdigest()}\n{body}", encoding="ascii")
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
