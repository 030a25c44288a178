"""Prompts as they are sent, to be read: in the editor's preview, or as a document. Nothing of the program runs, and no
LM is asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from lsprotocol import types

from lmc.diagnostics import Failure
from lmc.editor.calls import Tuned, tuned
from lmc.editor.document import Document
from lmc.editor.refusal import Refusal
from lmc.editor.workspace import Workspace
from lmc.ir.walk import predictors
from lmc.store.files import write_atomic

REQUEST = "lmc/renderedPrompt"
"""Asks for the prompts of a file, `{uri, call}`, or of one call of it, `Module.call`; answers `{markdown}`."""

RENDER = "lmc.renderPrompt"
"""The command of the server that gives the prompts of a file, or of one call, as Markdown."""

SHOW = "lmc.showPrompt"
"""The command of the server that opens the prompt of a call as a document."""


def rendered_prompt(workspace: Workspace, params: Any) -> dict[str, str]:
    """The answer to the request."""
    uri, call = member(params, "uri"), member(params, "call")
    if not isinstance(uri, str):
        raise Refusal("name a file: `{ uri, call }`")
    return {"markdown": markdown(document_of(workspace, uri), call if isinstance(call, str) else None)}


def member(params: Any, name: str) -> Any:
    """A member of the parameters, which clients send as an object."""
    return params.get(name) if isinstance(params, dict) else getattr(params, name, None)


def document_of(workspace: Workspace, uri: str) -> Document:
    """The document of a URI; a refusal where there is none."""
    document = workspace.document(uri)
    if document is None:
        raise Refusal("there is no such file")
    return document


def markdown(document: Document, call: str | None) -> str:
    """The prompts of a program as Markdown; those of one call where it is named."""
    if document.analysis.loaded.program is None:
        count = sum(one.severity == "error" for one in document.diagnostics)
        words = f"{count} mistakes" if count != 1 else "a mistake"
        return f"*The program has {words}: its prompts can be shown when there is none.*\n"
    try:
        found = "\n".join(line for one in tuned(document) for line in lines(one, call))
    except Failure as failure:
        return f"*{failure.diagnostic.message}*\n"
    if found:
        return found + "\n"
    return f"*The program makes no call `{call}`.*\n" if call else "*The program makes no call of an LM.*\n"


def lines(one: Tuned, call: str | None) -> Iterator[str]:
    """The prompts of a program in one profile."""
    for module, predict in predictors(one.program):
        address = f"{module.name}.{predict.site}"
        if call is not None and call not in (address, module.name):
            continue
        lm = one.templates.get(address, {}).get("lm")
        profile = f", profile `{one.profile}`" if one.profile else ""
        yield f"# {address}"
        yield ""
        yield f"For `{lm}`{profile}." if lm else f"*No LM is declared{profile}.*"
        if one.stale:
            yield ""
            yield "*The lock is stale: this is the prompt as it is written.*"
        yield ""
        yield one.prompt(address)
        yield ""


def render(workspace: Workspace, arguments: tuple[Any, ...]) -> str:
    """The command that gives prompts as Markdown. Its arguments are the URI of the file, and the call if one alone is
    wanted."""
    uri, call = named(arguments)
    return markdown(document_of(workspace, uri), call)


def show(workspace: Workspace, arguments: tuple[Any, ...]) -> types.ShowDocumentParams:
    """The prompt of a call as a document, to be shown: the one that was emitted, else a file for the time being, as it
    would be. The arguments are those of `render`."""
    uri, call = named(arguments)
    document = document_of(workspace, uri)
    emitted = emitted_page(document, call) if call else None
    if emitted is None:
        key = sha256(f"{document.path}\n{call}".encode()).hexdigest()[:12]
        emitted = Path(tempfile.gettempdir(), "lmc-prompts", key, f"{call or document.path.stem}.md")
        write_atomic(emitted, markdown(document, call).encode(), durable=False)
    return types.ShowDocumentParams(emitted.as_uri(), take_focus=True)


def named(arguments: tuple[Any, ...]) -> tuple[str, str | None]:
    """The URI and the call that a command is given."""
    if not arguments or not isinstance(arguments[0], str):
        raise Refusal("name a file by its URI")
    call = arguments[1] if len(arguments) > 1 else None
    return arguments[0], call if isinstance(call, str) and "/" not in call and "\\" not in call else None


def emitted_page(document: Document, call: str) -> Path | None:
    """The page that a build has emitted for a call, if there is one."""
    program = document.analysis.loaded.program
    for emit in program.emits if program else ():
        path = document.path.parent / emit.folder / "prompts" / f"{call}.md"
        if "prompts" in emit.backends and path.is_file():
            return path
    return None
