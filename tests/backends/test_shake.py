"""The runtime as emitted code has it: only what is needed, under names that are free."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from lmc.backends.python.shake import all_scopes, runtime


def renamed_namespace() -> dict[str, Any]:
    """All definitions of the runtime under other names, run."""
    names = {name: f"{name}_2" for name in runtime().definitions}
    imports = [
        f"from {module} import {name}" if module else f"import {name}" for module, name in runtime().imports.values()
    ]
    texts = [one.renamed(names) for one in runtime().definitions.values()]
    scope: dict[str, Any] = {}
    exec("\n".join(["from __future__ import annotations", *imports, *texts]), scope)
    return scope


def test_renamed_definitions_do_the_same() -> None:
    scope = renamed_namespace()
    assert not set(runtime().definitions) & set(scope)
    spec = {
        "style": "json",
        "fields": [{"name": "a", "label": "A", "schema": {"type": "array", "items": {"type": "integer"}}}],
    }
    assert scope["parse_reply_2"]('{"a": ["1", 2.0]}', spec) == {"a": [1, 2]}
    assert scope["join_2"]([1, "b"], "-") == "1-b"
    with pytest.raises(scope["ReplyError_2"], match="`a"):
        scope["parse_reply_2"]('{"a": ["x"]}', spec)


def test_local_names_stay_what_they_are() -> None:
    """`lower` takes a parameter that is called like the function `text`."""
    names = {name: f"{name}_2" for name in runtime().definitions}
    lower = runtime().definitions["lower"].renamed(names)
    assert lower.startswith("def lower_2(text: str) -> str:")
    assert "return text.lower()" in lower
    assert "separator.join(text_2(item) for item in items)" in runtime().definitions["join"].renamed(names)


def test_a_definition_brings_what_it_needs() -> None:
    needed = [one.name for one in runtime().needed(["take"])]
    assert needed == ["take"]
    needed = [one.name for one in runtime().needed(["with_feedback", "join"])]
    assert needed == ["join", "text", "Request", "advice", "with_feedback"]


def test_doc_strings_and_comments_stay() -> None:
    definitions = runtime().definitions
    assert definitions["Template"].text.endswith('"""')
    assert "# A redirect must not take the key to another host." in definitions["post"].text


def test_every_library_function_is_there() -> None:
    from lmc.execute.expression import LIBRARY
    from lmc.ir.builtins import BUILTINS, METRICS

    for name, function in LIBRARY.items():
        builtin = {**BUILTINS, **METRICS}[name]
        assert callable(function)
        assert builtin.runtime in runtime().definitions


def test_modules_may_define_one_name_each_for_itself() -> None:
    """Two functions of one name: the later gets another one, and who imports it means that."""
    sources = {
        "a": "def written(): ...",
        "b": "def written(): ...",
        "c": "from lmc.runtime.b import written\ndef use(): return written()",
    }
    scopes = all_scopes({module: ast.parse(source).body for module, source in sources.items()})
    assert scopes == {
        "a": {"written": "written"},
        "b": {"written": "written_b"},
        "c": {"use": "use", "written": "written_b"},
    }


def test_fields_of_classes_are_no_functions() -> None:
    """A field that is called like a function of the runtime keeps its name, and so does what methods read."""
    renamed = runtime().definitions["Bm25"].renamed({name: f"{name}_2" for name in runtime().definitions})
    assert "self.weights = {" in renamed
    assert "def scores(self, query: Iterable[str])" in renamed


def test_a_definition_stands_behind_what_it_is_made_of() -> None:
    order = list(runtime().definitions)
    assert order.index("ReplyError") < order.index("Run") < order.index("AsyncRun") < order.index("lm_chooser")


def test_nothing_costly_is_imported_before_it_is_needed() -> None:
    modules = {module or name for module, name in runtime().imports.values()}
    assert modules <= {"typing", "collections.abc", "contextvars"}
    assert re.search(r"^ +import asyncio$", runtime().definitions["AsyncRun"].text, re.MULTILINE)
