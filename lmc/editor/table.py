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

from lmc.editor.completion import OPTIONS as COMPLETION_OPTIONS
from lmc.editor.completion import completion
from lmc.editor.definition import definition
from lmc.editor.document import Document
from lmc.editor.fixing import EXPLAIN, code_actions, explain
from lmc.editor.fixing import KINDS as CODE_ACTION_KINDS
from lmc.editor.folding import folding_ranges
from lmc.editor.formatting import formatting, range_formatting
from lmc.editor.highlight import highlight
from lmc.editor.hover import hover
from lmc.editor.inlay import inlay_hints
from lmc.editor.lenses import code_lenses
from lmc.editor.links import document_links
from lmc.editor.outline import outline
from lmc.editor.preview import RENDER, SHOW, render, rendered_prompt, show
from lmc.editor.preview import REQUEST as PROMPT_REQUEST
from lmc.editor.references import references
from lmc.editor.rename import OPTIONS as RENAME_OPTIONS
from lmc.editor.rename import notice, prepare_rename, rename
from lmc.editor.selection import selection_ranges
from lmc.editor.signature_help import OPTIONS as SIGNATURE_OPTIONS
from lmc.editor.signature_help import signature_help
from lmc.editor.tokens import LEGEND, changed_tokens, full_tokens, range_tokens
from lmc.editor.workspace import Workspace
from lmc.editor.workspace_symbols import workspace_symbols


@dataclass(frozen=True, slots=True)
class Feature:
    """A request about a document: its method, what answers it, and what else the client is told of it. `notice` gives
    a sentence to show the user beside the answer, which it takes last, if there is something to say."""

    method: str
    answer: Callable[[Document, Any], Any]
    options: Any = None
    notice: Callable[[Document, Any, Any], str | None] | None = None


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
    Feature(types.TEXT_DOCUMENT_CODE_ACTION, code_actions, types.CodeActionOptions(CODE_ACTION_KINDS)),
    Feature(types.TEXT_DOCUMENT_CODE_LENS, code_lenses, types.CodeLensOptions(resolve_provider=False)),
    Feature(types.TEXT_DOCUMENT_DOCUMENT_LINK, document_links, types.DocumentLinkOptions(resolve_provider=False)),
    Feature(types.TEXT_DOCUMENT_FOLDING_RANGE, folding_ranges),
    Feature(types.TEXT_DOCUMENT_FORMATTING, formatting),
    Feature(types.TEXT_DOCUMENT_INLAY_HINT, inlay_hints, types.InlayHintOptions(resolve_provider=False)),
    Feature(types.TEXT_DOCUMENT_RANGE_FORMATTING, range_formatting),
    Feature(types.TEXT_DOCUMENT_SELECTION_RANGE, selection_ranges),
    Feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, full_tokens, LEGEND),
    Feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, changed_tokens, LEGEND),
    Feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, range_tokens, LEGEND),
    Feature(types.TEXT_DOCUMENT_COMPLETION, completion, COMPLETION_OPTIONS),
    Feature(types.TEXT_DOCUMENT_DEFINITION, definition),
    Feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, highlight),
    Feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, outline),
    Feature(types.TEXT_DOCUMENT_HOVER, hover),
    Feature(types.TEXT_DOCUMENT_PREPARE_RENAME, prepare_rename),
    Feature(types.TEXT_DOCUMENT_REFERENCES, references),
    Feature(types.TEXT_DOCUMENT_RENAME, rename, RENAME_OPTIONS, notice),
    Feature(types.TEXT_DOCUMENT_SIGNATURE_HELP, signature_help, SIGNATURE_OPTIONS),
)

OVERALL: tuple[Overall, ...] = (
    Overall(PROMPT_REQUEST, rendered_prompt),
    Overall(types.WORKSPACE_SYMBOL, workspace_symbols),
)

COMMANDS: tuple[Command, ...] = (Command(EXPLAIN, explain), Command(RENDER, render), Command(SHOW, show))
