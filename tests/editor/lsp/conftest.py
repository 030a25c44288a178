"""A language client that speaks to `lmc lsp` over pipes, as an editor does: one process for all tests."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.editor.lsp.marks import marked

COMMAND = [sys.executable, "-m", "lmc", "lsp"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here run on one event loop, that of the client."""
    for item in items:
        mark = item.get_closest_marker("asyncio") if Path(__file__).parent in item.path.parents else None
        if mark is not None and mark.kwargs.get("loop_scope") != "session":
            raise pytest.UsageError(f'{item.nodeid}: write `pytest.mark.asyncio(loop_scope="session")`')


class Editor:
    """An editor with a folder of its own. A text that is opened may have marks: `<|>` is where the cursor is."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.versions: dict[str, int] = {}

    def uri(self, name: str) -> str:
        """The URI of a file of the folder."""
        return (self.folder / name).as_uri()

    def write(self, name: str, text: str) -> None:
        """Writes a file to the disk."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def open(self, text: str, name: str = "main.lmp") -> list[types.Position]:
        """Opens a text; gives the positions of its marks."""
        plain, positions = marked(text)
        uri = self.uri(name)
        if uri in self.versions:
            self.change([types.TextDocumentContentChangeWholeDocument(plain)], name)
            return positions
        self.versions[uri] = 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "lmp", 1, plain))
        )
        return positions

    def change(self, changes: list[types.TextDocumentContentChangeEvent], name: str = "main.lmp") -> None:
        """Changes a text."""
        uri = self.uri(name)
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(self.versions[uri], uri), changes)
        )

    def close(self) -> None:
        """Closes all that is open."""
        for uri in self.versions:
            self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        self.versions = {}

    def at(self, position: types.Position, name: str = "main.lmp") -> dict[str, Any]:
        """The document and position of a request."""
        return {"text_document": types.TextDocumentIdentifier(self.uri(name)), "position": position}

    async def diagnostics(self, name: str = "main.lmp") -> list[types.Diagnostic]:
        """What is told of a file in its present version, when nothing more is told."""
        uri, found = self.uri(name), None
        while found is None or found.version != self.versions[uri]:
            found = self.client.published.get(uri)
            await asyncio.sleep(0.01)
        for _ in range(30):
            await asyncio.sleep(0.01)
            found = self.client.published[uri]
        return list(found.diagnostics)


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND), scope="session")
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """The client, connected; it says what Visual Studio Code says."""
    lsp_client.published = {}
    lsp_client.protocol.fm.features.pop(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # ours keeps the version too

    @lsp_client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        lsp_client.published[params.uri] = params

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def registered(params: types.RegistrationParams) -> None:
        lsp_client.registered = params.registrations

    capabilities = client_capabilities("visual-studio-code")
    told = await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities))
    lsp_client.told = told.capabilities
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def editor(client: LanguageClient, tmp_path: Path) -> Any:
    """An editor with an empty folder, which is a project of its own."""
    (tmp_path / ".git").mkdir()
    one = Editor(client, tmp_path)
    yield one
    one.close()
