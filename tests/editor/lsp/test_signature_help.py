"""What a call takes, while it is written."""

from __future__ import annotations

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEAD = """lm small = "local/smollm2-135m"
signature Greet {
  "Say hello."
  in name: str
  in mood: str
  out greeting: str
}
module Main(name: str, mood: str) -> str {
"""


@pytest.mark.parametrize(
    ("text", "label", "active"),
    [
        ("  let x = predict Greet(<|>", "Greet(name: str, mood: str) -> { greeting: str }", 0),
        ("  let x = predict Greet(name, <|>)\n}", "Greet(name: str, mood: str) -> { greeting: str }", 1),
        ("  let x = predict Greet(mood: <|>)\n}", "Greet(name: str, mood: str) -> { greeting: str }", 1),
        ("  return Main(lower(name), <|>", "Main(name: str, mood: str) -> str", 1),
        ('  return replace(name, "a", <|>', "replace(text: str, old: str, new: str) -> str", 2),
        ('  return ""\n}\nmetric m(want, got) = close(want.a, got, <|>', "close(want: any, got: any, tolerance", 2),
        ('  return ""\n}\noptimize Main {\n  passes knn(k: <|>', "knn(k: int = 6, pool: int = 1000)", 0),
    ],
)
async def test_the_parameter_that_comes_next_is_marked(editor, text, label, active):
    (position,) = editor.open(HEAD + text)
    found = await editor.client.text_document_signature_help_async(types.SignatureHelpParams(**editor.at(position)))
    (signature,) = found.signatures
    assert signature.label.startswith(label)
    assert found.active_parameter == active
    assert signature.parameters[active].label in signature.label


async def test_outside_of_calls_there_is_nothing_to_help_with(editor):
    (position,) = editor.open(HEAD + '  return <|>""\n}')
    found = await editor.client.text_document_signature_help_async(types.SignatureHelpParams(**editor.at(position)))
    assert found is None
