"""`python -m tests.benchmarks.editor`: what an editor waits for in a file of 500 lines, after a change.

A change makes the whole file be read, parsed, elaborated and turned into what the client shows again; nothing is kept
but the tables of the grammar. The aim is 50 ms for diagnostics. Figures are of the processor's time, not the clock's:
they do not depend on what else the machine does, as far as that goes.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lsprotocol import types

from lmc.editor.completion import completion
from lmc.editor.diagnostics import shown
from lmc.editor.document import Document
from lmc.editor.hover import hover
from lmc.editor.workspace import Workspace

PROGRAM = Path(__file__).parents[2] / "programs" / "concierge" / "concierge.lmp"
LINES = 500
AIM = 50
"""Milliseconds."""
ROUNDS = 40


def long_program() -> str:
    """The program of two steps, again and again under other names, until there are enough lines."""
    text, found, number = PROGRAM.read_text(encoding="utf-8"), "", 0
    names = re.findall(r"^(?:lm|type|data|signature|module|metric) (\w+)", text, re.MULTILINE)
    while found.count("\n") < LINES:
        copy = text
        for name in names:
            copy = re.sub(rf"\b{name}\b", f"{name}{number}", copy)
        found, number = found + copy + "\n", number + 1
    return found


def changed(text: str) -> dict[str, list[str]]:
    """The text after one keystroke, at places all over the file, by what was done."""
    places = [len(text) * one // (ROUNDS + 1) for one in range(1, ROUNDS + 1)]
    return {
        "a space more": [text[:one] + " " + text[one:] for one in places],
        "a character less": [text[:one] + text[one + 1 :] for one in places],
        "a bracket that is not closed": [f"{text[:one]}({text[one:]}" for one in places],
        "a string that is not closed": [f'{text[:one]}"{text[one:]}' for one in places],
    }


def timed(folder: Path, texts: list[str]) -> Iterator[tuple[float, Document]]:
    """Milliseconds from each text to its diagnostics, with what was found out."""
    workspace, path = Workspace(), folder / "long.lmp"
    for number, text in enumerate(texts):
        began = time.process_time()
        workspace = workspace.opened(path.as_uri(), text, number)
        document = workspace.document(path.as_uri())
        assert document is not None
        shown(document, document.diagnostics)
        yield (time.process_time() - began) * 1000, document


def main() -> None:
    """Prints the figures."""
    text = long_program()
    with TemporaryDirectory() as name:
        folder = Path(name)
        list(timed(folder, [text, text[:-9]]))  # loads what is loaded once
        gc.collect()
        gc.freeze()  # as the server does
        gc.set_threshold(100_000, 20, 20)
        print(f"{text.count(chr(10))} lines; milliseconds of the processor: median, and all but the slowest twentieth")
        for what, texts in changed(text).items():
            taken = sorted(one for one, _ in timed(folder, texts))
            middle, most = median(taken), taken[len(taken) * 19 // 20 - 1]
            verdict = "" if middle <= AIM else f", over {AIM}"
            print(f"  diagnostics after {what}: {middle:.0f}, {most:.0f}{verdict}")
        for what, ask in (("completion", completion), ("hover", hover)):
            taken = []
            for place in range(0, len(text), len(text) // ROUNDS):
                _, document = next(timed(folder, [text]))
                at = types.TextDocumentIdentifier(document.uri), document.positions.position(place)
                began = time.process_time()
                ask(document, types.CompletionParams(*at) if ask is completion else types.HoverParams(*at))  # type: ignore[operator]
                taken.append((time.process_time() - began) * 1000)
            print(f"  {what}: {median(taken):.0f}, {sorted(taken)[len(taken) * 19 // 20 - 1]:.0f}")


if __name__ == "__main__":
    main()
