"""What is declared or asked for in vain, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lmc.diagnostics import Diagnostic

Check = Callable[..., tuple[Diagnostic, ...]]

PRELUDE = """lm small = "local/smollm2-135m"
signature S { in text: str out kind: str out why: str out sure: bool }
metric fine(want, got) = got.kind != want.text
"""

READ: dict[str, str] = {
    "the whole reply is returned": "module M(t: str) -> S { return predict S(t) }",
    "the whole reply is returned through a variable": "module M(t: str) -> S { let a = predict S(t) return a }",
    "the last output is read": "module M(t: str) -> bool { return (predict S(t)).sure }",
    "votes are compared as a whole": "module M(t: str) -> str { return (vote 3 predict S(t)).kind }",
    "a metric sees the whole reply": "module M(t: str) -> str { return (best_of 3 by fine predict S(t)).kind }",
    "another module reads it": """
module Inner(t: str) -> S { return predict S(t) }
module M(t: str) -> bool { let a = Inner(t) return a.sure }""",
    "one call reads the first and an agent the last": """
module Tool(q: str) -> str { return q }
module M(t: str) -> str {
  let a = predict S(t)
  let b = react S(t) using [Tool]
  return a.kind if b.sure else ""
}""",
    "it is passed on to another module": """
module Show(s: S) -> str { return f"{s}" }
module M(t: str) -> str { let a = predict S(t) return Show(a) + a.kind }""",
    "it stands in a text": 'module M(t: str) -> str { let a = chain_of_thought S(t) return f"{a}" + a.kind }',
    "an assertion reads it": "module M(t: str) -> str { let a = predict S(t) assert a.sure return a.kind }",
    "a test reads it": """
module M(t: str) -> str { return (predict S(t)).kind }
test "sure" { predict S("a") => sure }""",
    "a test looks at the whole": """
module M(t: str) -> str { return (predict S(t)).kind }
test "sure" { predict S("a") => it == { kind: "a", why: "b", sure: true } }""",
    "a comprehension reads it": """
module M(ts: list[str]) -> list[bool] { return [(predict S(t)).sure for t in ts up to 3] }""",
}

UNREAD: dict[str, tuple[str, list[str]]] = {
    "only the first output is read": (
        "module M(t: str) -> str { return (predict S(t)).kind }",
        ["why", "sure"],
    ),
    "what comes before one that is read may be there to think": (
        "module M(t: str) -> str { return (predict S(t)).why }",
        ["sure"],
    ),
    "through another module": (
        """
module Inner(t: str) -> S { return react S(t) using [Tool] }
module Tool(q: str) -> str { return q }
module M(t: str) -> str { let a = react S(t) using [Tool] return a.why }""",
        [],
    ),
    "an agent's answer is read in part": (
        """
module Tool(q: str) -> str { return q }
module M(t: str) -> str { let a = react S(t) using [Tool] return a.why }""",
        ["sure"],
    ),
    "a test reads no more": (
        """
module M(t: str) -> str { return (predict S(t)).kind }
test "why" { predict S("a") => why == "b" }""",
        ["sure"],
    ),
}


def unread(found: tuple[Diagnostic, ...]) -> list[str]:
    """The outputs that are said to be read by nothing."""
    assert [one.message for one in found if one.severity == "error"] == []
    return [one.message.split("`")[1] for one in found if one.code == "LMP0107"]


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_an_output_that_is_read_is_not_reported(text: str, check: Check) -> None:
    assert unread(check(PRELUDE + text)) == []


@pytest.mark.parametrize(("text", "names"), UNREAD.values(), ids=UNREAD)
def test_outputs_behind_the_last_one_that_is_read_are_reported(text: str, names: list[str], check: Check) -> None:
    assert unread(check(PRELUDE + text)) == names


def test_everything_that_is_used_somewhere_is_used(check: Check) -> None:
    text = """lm small = "local/smollm2-135m"
type Kind = "a" | "b"
signature S { in text: str out kind: Kind }
metric fine(want, got) = score_of(got.kind) > 0
extern python "tools.py" score_of(kind: str) -> int
extern python "tools.py" find(query: str, k: int) -> list[{ text: str }]
extern python "tools.py" tool_of_agent(kind: str) -> int
retriever mine = find
retriever of_agent = "corpus.jsonl"
module M(t: str) -> Kind {
  let rows = retrieve mine(t)
  let a = best_of 2 by fine predict S(rows[0].text)
  let b = react S(a.kind) using [tool_of_agent, of_agent]
  return b.kind
}
"""
    tools = "def score_of(kind): ...\n\n\ndef find(query, k): ...\n\n\ndef tool_of_agent(kind): ...\n"
    found = check(text, **{"tools.py": tools.replace("\\\n", "\n"), "corpus.jsonl": '{"text": "a b"}\n'})
    assert [one.message for one in found] == []
