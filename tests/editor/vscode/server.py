"""A language server for the tests of the extension where there is no `lmc lsp`: what the extension itself asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlparse

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("stand-in", "1")


def publish(uri: str) -> None:
    text = server.workspace.get_text_document(uri).source
    place = types.Range(types.Position(0, 0), types.Position(0, 1))
    found = (
        [types.Diagnostic(place, "unknown signature `Rout`", types.DiagnosticSeverity.Error)] if "Rout(" in text else []
    )
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(params: types.DidOpenTextDocumentParams) -> None:
    publish(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(params: types.DidChangeTextDocumentParams) -> None:
    publish(params.text_document.uri)


@server.feature("lmc/renderedPrompt")
def rendered(params: Any) -> dict[str, str]:
    assert unquote(urlparse(params.uri).path).endswith(".lmp")
    text = server.workspace.get_text_document(params.uri).source
    return {"markdown": f"# {getattr(params, 'call', None)}\n\n{text}"}


server.start_io()
