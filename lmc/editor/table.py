"""All that the language server answers.

A feature is one file with a pure function that takes the document it is asked about and the parameters of the request,
both as `lsprotocol` has them, and gives the answer: `hover(document: Document, params: types.HoverParams) ->
types.Hover | None`. `Document` (see `lmc.editor.document`) has the text, the tokens, the tree, what names stand for
(`names`), what elaboration knows (`analysis.notes`, `analysis.loaded.draft`), and turns positions into places and back
(`offset`, `range`, `location`). A feature never fails on broken text: trees exist for any text, and what could not be
understood is absent. It raises `Refusal` with one sentence for the user where a request cannot be met. What it answers
needs neither the network nor an LM, and runs nothing of the program.

A line in `FEATURES` is all that it takes: the capabilities that the server tells the client follow from it. A request
that is about no document, or about all, is a line in `OVERALL`, whose function takes the `Workspace`; a command that
the client may ask for, one in `COMMANDS`, whose function takes the `Workspace` and the arguments of the command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from lmc.editor.definition import definition
from lmc.editor.document import Document
from lmc.editor.hover import hover
from lmc.editor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Feature:
    """A request about a document: its method, what answers it, and what else the client is told of it."""

    method: str
    answer: Callable[[Document, Any], Any]
    options: Any = None


@dataclass(frozen=True, slots=True)
class Overall:
    """A request about the workspace."""

    method: str
    answer: Callable[[Workspace, Any], Any]
    options: Any = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the server; its arguments are plain JSON values."""

    name: str
    answer: Callable[[Workspace, tuple[Any, ...]], Any]


FEATURES: tuple[Feature, ...] = (
    Feature(types.TEXT_DOCUMENT_DEFINITION, definition),
    Feature(types.TEXT_DOCUMENT_HOVER, hover),
)

OVERALL: tuple[Overall, ...] = ()

COMMANDS: tuple[Command, ...] = ()
