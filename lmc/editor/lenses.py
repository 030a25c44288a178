"""Code lenses: build, run, test, and open a prompt, over what they are about. The client has the commands: each gets
the URI of the file, and the name of a module, a test or a call."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from lmc.editor.calls import calls_within
from lmc.editor.document import Document
from lmc.editor.state import states
from lmc.ir.program import Program
from lmc.source import Span
from lmc.syntax import ast

BUILD, RUN, TEST, OPEN_PROMPT = "lmc.build", "lmc.run", "lmc.test", "lmc.openPrompt"

MOST_PROMPTS = 4
"""The most prompts of one module that have a lens."""


def code_lenses(document: Document, params: types.CodeLensParams) -> list[types.CodeLens]:
    """The lenses of a file. One that is not in order has those that do not depend on what it means."""
    program = document.analysis.loaded.program
    found: list[types.CodeLens] = []
    known = {(module, profile): state.words for module, profile, state in states(document)}
    tuned = any(isinstance(one, ast.OptimizeStmt) for one in document.tree.declarations)
    for node in document.tree.declarations:
        match node:
            case ast.OptimizeStmt(module, _, profile):
                name = module.text.rpartition(".")[2]
                words = known.get((name, profile or ""))
                label = f"build ({words})" if words else "build"
                found.append(lens(document, node.span, label, BUILD, name))
            case ast.EmitStmt() if not tuned:
                found.append(lens(document, node.span, "build", BUILD))
            case ast.TestStmt(title):
                found.append(lens(document, node.span, "test", TEST, title))
            case ast.ModuleStmt(name):
                found.append(lens(document, node.span, "run", RUN, name.text))
                found += prompts(document, node, program)
    return found


def prompts(document: Document, node: ast.ModuleStmt, program: Program | None) -> Iterator[types.CodeLens]:
    """The prompts of a module's calls."""
    if program is None:
        return
    calls = list(dict.fromkeys(address for address, _ in calls_within(program, node.span)))
    for address in calls[:MOST_PROMPTS]:
        name = "prompt" if len(calls) == 1 else f"prompt of {address.rpartition('.')[2]}"
        yield lens(document, node.span, f"open {name}", OPEN_PROMPT, address)


def lens(document: Document, span: Span, label: str, command: str, *names: str) -> types.CodeLens:
    """A lens over a declaration."""
    place = document.positions.position(span.start)
    return types.CodeLens(types.Range(place, place), types.Command(label, command, arguments=[document.uri, *names]))
