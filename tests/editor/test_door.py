"""What the language server costs those who do not use it, and what becomes of a bug in it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException

from lmc.editor.refusal import Refusal
from lmc.editor.server import about_document, make_server
from lmc.editor.table import Feature


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Runs some Python in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_other_commands_do_not_load_it():
    names = ["build", "check", "fmt", "ir", "run", "test", "eval", "report", "plan", "explain"]
    code = f"import importlib, sys\nfor name in {names}: importlib.import_module(f'lmc.cli.{{name}}')\n"
    assert run(code + "print([one for one in ('pygls', 'lsprotocol', 'lmc.editor') if one in sys.modules])").stdout == (
        "[]\n"
    )


def test_without_its_package_it_says_what_to_install():
    code = "import sys\nsys.modules['pygls'] = None\nsys.modules['lsprotocol'] = None\n"
    done = run(code + "from lmc.cli.main import main\nmain(['lsp'])")
    assert done.returncode == 3
    assert "pygls is not installed" in done.stderr
    assert "pip install 'lmc[editor]'" in done.stderr


@pytest.fixture
def server(tmp_path):
    """A server with an open file, and what it logs."""
    one = make_server()
    one.logged = []
    one.log = lambda message, kind=None: one.logged.append(message)
    uri = (tmp_path / "main.lmp").as_uri()
    one.files = one.files.opened(uri, "type A = str\n", 1)
    one.uri = uri
    return one


def ask(server, answer, meanwhile=lambda: None):
    """Asks a feature for an answer; something may happen in the meantime."""
    params = types.HoverParams(types.TextDocumentIdentifier(server.uri), types.Position(0, 0))

    async def both():
        waiting = asyncio.ensure_future(about_document(server, Feature("test/asked", answer))(params))
        await asyncio.sleep(0)
        meanwhile()
        return await waiting

    return asyncio.run(both())


def test_a_bug_is_a_line_in_the_log_and_no_answer(server):
    assert ask(server, lambda document, params: document.no_such_thing) is None
    (line,) = server.logged
    assert line.startswith("a bug of lmc in test/asked: AttributeError")
    assert "\n" not in line


def test_a_refusal_is_an_error_with_its_sentence(server):
    def refuse(document, params):
        raise Refusal("it is not ours")

    with pytest.raises(JsonRpcException, match="it is not ours"):
        ask(server, refuse)
    assert server.logged == []


def test_what_is_asked_of_a_text_that_has_changed_since_is_not_answered(server):
    def change():
        server.files = replace(server.files.opened(server.uri, "type B = str\n", 2))

    with pytest.raises(JsonRpcContentModified):
        ask(server, lambda document, params: document.text, change)
    assert ask(server, lambda document, params: document.text) == "type B = str\n"


def test_what_is_cancelled_is_not_worked_on(server):
    asked = []
    params = types.HoverParams(types.TextDocumentIdentifier(server.uri), types.Position(0, 0))

    async def cancelled():
        answer = about_document(server, Feature("test/asked", lambda *_: asked.append(1)))(params)
        waiting = asyncio.ensure_future(answer)
        await asyncio.sleep(0)
        waiting.cancel()
        await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert asked == []
