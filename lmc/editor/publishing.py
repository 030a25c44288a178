"""When diagnostics go to the client: soon after a change, never between two keystrokes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from lmc.diagnostics import Diagnostic
from lmc.editor.bugs import described
from lmc.editor.diagnostics import shown
from lmc.editor.document import Document
from lmc.editor.library import passes
from lmc.editor.workspace import path_of

if TYPE_CHECKING:
    from lmc.editor.server import Server

DELAY = 0.1
"""Seconds without a change after which a text is looked at."""

PATIENCE = 0.15
"""Seconds that what is wrong with the syntax waits for what is wrong with the data, to be told at once with it."""


class Publishing:
    """Tells the client what is wrong with the open files. A task for each file; a change ends the one before."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def touched(self, uri: str, *, at_once: bool = False) -> None:
        """A file has changed: it, and the open ones that import it, are looked at."""
        self.start(uri, 0 if at_once else DELAY)
        path = path_of(uri)
        for other in self.server.files.buffers.values():
            known = self.server.files.memory.analyses.get(path_of(other.uri))
            if other.uri != uri and known is not None and path in known.inputs:
                self.start(other.uri, DELAY)

    def refreshed(self) -> None:
        """Files on the disk may have changed: all open files are looked at."""
        self.server.files.memory.analyses.clear()
        for buffer in self.server.files.buffers.values():
            self.start(buffer.uri, DELAY)

    def closed(self, uri: str) -> None:
        """A file is no longer open: nothing is said of it."""
        if (task := self.tasks.pop(uri, None)) is not None:
            task.cancel()
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def start(self, uri: str, delay: float) -> None:
        """Looks at a file after a while, unless it changes before."""
        if (task := self.tasks.get(uri)) is not None:
            task.cancel()
        self.tasks[uri] = asyncio.ensure_future(self.look(uri, delay))

    async def look(self, uri: str, delay: float) -> None:
        """Tells what is wrong with a file: at first with its syntax, names and types, then with its data too. An error
        of the first kind hides the second, as in `lmc check`."""
        await asyncio.sleep(delay)
        try:
            document = self.server.files.document(uri)
            if document is None:
                return
            loop = asyncio.get_running_loop()
            late = loop.run_in_executor(None, lambda: document.analysis.late)
            done, _ = await asyncio.wait((late,), timeout=PATIENCE)
            if not done:
                self.tell(document, document.diagnostics)
            self.tell(document, (*document.diagnostics, *await late))
            # Loading the passes takes most of a second, which nobody should wait for when they are asked for.
            await loop.run_in_executor(None, passes)
        except Exception as error:
            self.server.log(f"a bug of lmc in diagnostics: {described(error)}", types.MessageType.Error)

    def tell(self, document: Document, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Sends what is wrong, with the version of the text that it is wrong with."""
        params = types.PublishDiagnosticsParams(document.uri, shown(document, diagnostics), document.version)
        self.server.text_document_publish_diagnostics(params)
