"""The life of a session: what the server says it can, what it does not know, and texts that change."""

from __future__ import annotations

import sys

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcMethodNotFound
from pytest_lsp import LanguageClient, client_capabilities

from lmc.editor.table import FEATURES, OVERALL
from tests.editor.lsp.marks import marked

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = 'type Face = enum { smiling "😀" }\nmodule Main(mood: Face) -> Face {\n  return mood\n}\n'


async def test_capabilities_follow_from_the_table(editor):
    told = editor.client.told
    assert told.hover_provider
    assert told.completion_provider.trigger_characters
    assert told.rename_provider.prepare_provider
    assert told.text_document_sync.change == types.TextDocumentSyncKind.Incremental
    assert told.position_encoding == "utf-16"
    methods = [one.method for one in (*FEATURES, *OVERALL)]
    assert len(methods) == len(set(methods))


async def test_what_is_not_known_is_said_to_be_not_found(editor):
    with pytest.raises(JsonRpcMethodNotFound):
        await editor.client.text_document_moniker_async(types.MonikerParams(**editor.at(types.Position(0, 0))))
    with pytest.raises(JsonRpcMethodNotFound):
        await editor.client.protocol.send_request_async("lmc/nothing", None)


async def test_a_file_that_there_is_not_has_no_answers(editor):
    asked = types.HoverParams(types.TextDocumentIdentifier(editor.uri("none.lmp")), types.Position(0, 0))
    assert await editor.client.text_document_hover_async(asked) is None


async def declared_at(editor, position):
    found = await editor.client.text_document_definition_async(types.DefinitionParams(**editor.at(position)))
    return found and found.range


async def test_texts_change_in_parts_and_as_a_whole(editor):
    editor.open(TEXT)
    # The quote behind the smile, which is two units of UTF-16.
    quote = types.Range(types.Position(0, 30), types.Position(0, 31))
    editor.change(
        [
            types.TextDocumentContentChangePartial(types.Range(types.Position(2, 9), types.Position(2, 13)), "hope"),
            types.TextDocumentContentChangePartial(types.Range(types.Position(1, 12), types.Position(1, 16)), "hope"),
            types.TextDocumentContentChangePartial(quote, '", sad'),
        ]
    )
    assert await editor.diagnostics() == []
    assert await declared_at(editor, types.Position(2, 10)) == types.Range(types.Position(1, 12), types.Position(1, 16))
    editor.change([types.TextDocumentContentChangeWholeDocument(TEXT.replace("mood", "face"))])
    assert await declared_at(editor, types.Position(2, 10)) == types.Range(types.Position(1, 12), types.Position(1, 16))


async def test_lines_end_as_the_protocol_says(editor):
    # A line separator of Unicode and a form feed end no line; a carriage return does.
    text = '# a\u2028b\x0c c\r\ntype Face = "x"\rmodule <|>Main(f: Face) -> <|>Face {\r\n  return f\r\n}\r\n'
    plain, _ = marked(text)
    editor.open(plain)
    found = await declared_at(editor, types.Position(2, 24))
    assert found == types.Range(types.Position(1, 5), types.Position(1, 9))
    end = types.Position(5, 0)
    editor.change([types.TextDocumentContentChangePartial(types.Range(end, end), 'type More = "y"\r\n')])
    assert "`More`" in (await editor.diagnostics())[0].message


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 35)])
async def test_positions_are_counted_as_the_client_likes(encoding, character, tmp_path):
    (tmp_path / ".git").mkdir()
    text = 'type Face = enum { smiling "😀", sad } # end\nmodule Main(f: Face) -> str { return f.x }\n'
    client = LanguageClient()
    await client.start_io(sys.executable, "-m", "lmc", "lsp")
    capabilities = client_capabilities("neovim")
    capabilities.general = types.GeneralClientCapabilities(position_encodings=[encoding, "utf-16"])
    result = await client.initialize_session(types.InitializeParams(capabilities=capabilities))
    assert result.capabilities.position_encoding == encoding
    uri = (tmp_path / "main.lmp").as_uri()
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "lmp", 1, text)))
    document = types.TextDocumentIdentifier(uri)
    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert [one.selection_range.start.character for one in symbols[0].children] == [19, character]
    await client.shutdown_session()
