"""The language server: what pygls is told. Everything that it answers is in `lmc.editor.table`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcContentModified, JsonRpcException, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer

from lmc import __version__
from lmc.editor.bugs import described
from lmc.editor.positions import ENCODINGS
from lmc.editor.publishing import Publishing
from lmc.editor.refusal import Refusal
from lmc.editor.table import COMMANDS, FEATURES, OVERALL, Command, Feature, Overall
from lmc.editor.workspace import Workspace, path_of

PAUSE = 0.002
"""Seconds that a request waits before it is answered: what came right behind it, a change or its cancellation, is read
first."""

REQUEST_FAILED = -32803
"""The protocol's code for a request that cannot be met."""

WATCHED = ("**/*.lmp", "**/*.lock.json", "**/*.{jsonl,json,csv,tsv,parquet,txt,md,py}")
"""The files that programs are made of; the client tells when one changes on the disk."""


class Server(LanguageServer):
    """The server. `files` is what is open, as of now."""

    def __init__(self) -> None:
        super().__init__("lmc", __version__)
        self.files = Workspace()
        self.publishing = Publishing(self)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Logs what went wrong outside of any request: nobody is shown a window for it."""
        if isinstance(error, JsonRpcMethodNotFound):
            return  # the client has been told, and knows what it asked
        self.log(f"{type(error).__name__}: {error}", types.MessageType.Error)

    def log(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Writes to the log that the client keeps."""
        self.window_log_message(types.LogMessageParams(kind, message))


def serve() -> None:
    """Speaks the protocol on standard input and output until the client leaves. What is printed goes to standard
    error."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    # pygls logs tracebacks on standard error, which some clients show.
    logger = logging.getLogger("pygls")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    server = make_server()
    # What was loaded stays; to look through it again and again would hold up answers for a tenth of a second.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    server.start_io(stdout=output)


def make_server() -> Server:
    """A server that answers all that is in the table."""
    server = Server()
    watch_documents(server)
    for feature in FEATURES:
        server.feature(feature.method, feature.options)(about_document(server, feature))
    for overall in OVERALL:
        server.feature(overall.method, overall.options)(about_all(server, overall))
    for command in COMMANDS:
        server.command(command.name)(on_command(server, command))
    return server


def about_document(server: Server, feature: Feature) -> Callable[[Any], Awaitable[Any]]:
    """The handler of a request about a document. What is asked of a text that has changed since is not answered."""

    async def handle(params: Any) -> Any:
        uri = params.text_document.uri
        asked = server.files.buffers.get(path_of(uri))
        await asyncio.sleep(PAUSE)
        if server.files.buffers.get(path_of(uri)) is not asked:
            raise JsonRpcContentModified("the text has changed since")

        def answer() -> Any:
            document = server.files.document(uri)
            if document is None:
                return None
            found = feature.answer(document, params)
            said = feature.notice(document, params, found) if feature.notice else None
            if said is not None:
                server.window_show_message(types.ShowMessageParams(types.MessageType.Info, said))
            return found

        return safely(server, feature.method, answer)

    return handle


def about_all(server: Server, overall: Overall) -> Callable[[Any], Awaitable[Any]]:
    """The handler of a request about the workspace."""

    async def handle(params: Any) -> Any:
        await asyncio.sleep(PAUSE)
        return safely(server, overall.method, lambda: overall.answer(server.files, params))

    return handle


def on_command(server: Server, command: Command) -> Callable[..., Awaitable[Any]]:
    """The handler of a command."""

    async def handle(*arguments: Any) -> Any:
        await asyncio.sleep(PAUSE)
        found = safely(server, command.name, lambda: command.answer(server.files, arguments))
        if not isinstance(found, types.ShowDocumentParams):
            return found
        able = server.client_capabilities.window
        if able and able.show_document and able.show_document.support:
            await server.window_show_document_async(found)
        return found.uri

    return handle


def safely(server: Server, method: str, answer: Callable[[], Any]) -> Any:
    """An answer; a refusal becomes an error with its sentence, a bug of ours a line in the log and no answer."""
    try:
        return answer()
    except Refusal as refusal:
        raise JsonRpcException(str(refusal), REQUEST_FAILED) from None
    except Exception as error:
        server.log(f"a bug of lmc in {method}: {described(error)}", types.MessageType.Error)
        return None


def watch_documents(server: Server) -> None:
    """Takes part in the life of documents. Our texts are our own: pygls ends lines where Python does, the protocol
    does not."""
    for method in (types.TEXT_DOCUMENT_DID_OPEN, types.TEXT_DOCUMENT_DID_CHANGE, types.TEXT_DOCUMENT_DID_CLOSE):
        server.protocol.fm.builtin_features.pop(method)

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        chosen = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        encoding = next((one for one in ENCODINGS if one == str(getattr(chosen, "value", chosen))), ENCODINGS[0])
        folders = [one.uri for one in params.workspace_folders or ()] or [one for one in (params.root_uri,) if one]
        server.files = replace(
            server.files, encoding=encoding, folders=tuple(map(path_of, folders)), client=params.capabilities
        )

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        able = server.client_capabilities.workspace
        if able and able.did_change_watched_files and able.did_change_watched_files.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("watched", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            server.client_register_capability(types.RegistrationParams([registration]))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        one = params.text_document
        server.files = server.files.opened(one.uri, one.text, one.version)
        server.publishing.touched(one.uri, at_once=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        one = params.text_document
        server.files = server.files.changed(one.uri, list(params.content_changes), one.version)
        server.publishing.touched(one.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.files = server.files.closed(params.text_document.uri)
        server.publishing.closed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.publishing.refreshed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched(params: types.DidChangeWatchedFilesParams) -> None:
        server.publishing.refreshed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        gone = {path_of(one.uri) for one in params.event.removed}
        added = [path_of(one.uri) for one in params.event.added]
        kept = [one for one in server.files.folders if one not in gone]
        server.files = replace(server.files, folders=tuple(dict.fromkeys((*kept, *added))))
