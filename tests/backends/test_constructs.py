"""Every construct of the language as Python: how it reads, and that it does what it means under an LM that also
misbehaves."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from lmc.backends.backend import Emitting
from lmc.backends.python import Python
from lmc.diagnostics import Sink
from lmc.ir.verify import verify

sys.path.append(str(Path(__file__).parent))
from constructs import CONSTRUCTS

WORDS = b"def count_words(text, times):\n    return len(text.split()) * times\n"
SOURCES = {PurePosixPath("lib/words.py"): WORDS}

Replies = Callable[[str], str]


@cache
def emitted(name: str, **options: Any) -> dict[PurePosixPath, bytes]:
    """The files of a construct's program."""
    program = replace(CONSTRUCTS[name], name=name)
    verify(program)
    sink = Sink()
    files = Python().emit(program, f"{name}.lmp", sink, Emitting(options, SOURCES))
    assert not sink.diagnostics
    return dict(files)


def text_of(name: str, **options: Any) -> str:
    """The module of a construct's program."""
    return emitted(name, **options)[PurePosixPath("python", f"{name}.py")].decode()


def between(text: str, start: str, end: str) -> str:
    """The part of a text from a line on, up to another."""
    begin = text.index(f"\n{start}") + 1
    return text[begin : text.index(f"\n{end}", begin)].strip("\n") + "\n"


def load(folder: Path, name: str, **options: Any) -> Any:
    """The module of a construct's program, run."""
    for path, data in emitted(name, **options).items():
        (folder / path.name).write_bytes(data)
    spec = importlib.util.spec_from_file_location(f"emitted_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Scripted:
    """An LM that answers from the last turn of the user; `asked` are the requests as text."""

    def __init__(self, reply: Replies) -> None:
        self.reply = reply
        self.asked: list[str] = []

    def __call__(self, request: dict[str, Any]) -> str:
        self.asked.append(json.dumps(request))
        return self.reply(request["messages"][-1]["content"])


Both = Callable[..., tuple[Any, list[str]]]


@pytest.fixture
def both(tmp_path: Path) -> Both:
    """Runs a function in both ways, and gives its value or the words of its error, and what was asked: the same."""

    def run(name: str, function: str, reply: Replies, *args: Any, **more: Any) -> tuple[Any, list[str]]:
        module = load(tmp_path, name)
        outcomes = []
        for way in ("sync", "async"):
            lm = Scripted(reply)
            try:
                if way == "sync":
                    value = getattr(module, function)(*args, lm=lm, **more)
                else:
                    value = asyncio.run(getattr(module, f"{function}_async")(*args, lm=lm, **more))
            except (ValueError, AssertionError, RuntimeError, ArithmeticError) as error:
                value = f"{type(error).__name__}: {error}"
            outcomes.append((value, sorted(lm.asked)))
        assert outcomes[0] == outcomes[1]
        return outcomes[0]

    return run


def answer(text: str, sure: bool = True) -> str:
    """A reply to a question."""
    return f"Answer: {text}\nSure: {str(sure).lower()}"


# Comprehensions.


def test_comprehensions() -> None:
    assert between(text_of("comprehensions"), "async def _collect", "def simple") == (
        "async def _collect(run: Run, texts: list[str]) -> CollectValue:\n"
        '    short: list[str] = [_lower(t) for t in texts[:3] if t != ""]\n'
        "\n"
        "    async def each(t: str) -> str:\n"
        '        result: str = (await run.predict(_COLLECT_A, question=f"What of {t}?"))["answer"]\n'
        "        return result\n"
        "\n"
        "    intents: list[Intent]\n"
        "    answers: list[str]\n"
        "    intents, answers = await run.gather(\n"
        "        run.gather(*(_simple(run, t) for t in texts[:4])),\n"
        '        run.gather(*(each(t) for t in short[:3] if "a" in t)),\n'
        "    )\n"
        "\n"
        "    async def each_(t: str) -> list[str]:\n"
        '        if (await run.predict(_COLLECT_S, question=t, answer=t))["right"]:\n'
        "            return [t]\n"
        "        return []\n"
        "\n"
        "    sure: list[str] = _flatten(await run.gather(*(each_(t) for t in answers[:2])))\n"
        '    return {"short": short + sure, "intents": intents}\n'
    )


def test_a_comprehension_calls_for_every_item_up_to_its_bound(both: Both) -> None:
    def reply(text: str) -> str:
        if text.startswith("What of"):
            return answer(text.removeprefix("What of ").rstrip("?") * 2)
        return "true" if "Answer: aa" in text else "false" if "Answer:" in text else "Play"

    value, asked = both("comprehensions", "collect", reply, ["A", "", "BA", "C", "D"])
    assert value == {"short": ["a", "ba", "aa"], "intents": ["Play"] * 4}
    assert len(asked) == 4 + 2 + 2


def test_a_comprehension_of_nothing(both: Both) -> None:
    assert both("comprehensions", "collect", lambda _: "?", []) == ({"short": [], "intents": []}, [])


# Types.


def test_tests_of_types() -> None:
    text = text_of("membership")
    assert between(text, "async def _kind", "async def _known") == (
        "async def _kind(run: Run, value: Any) -> str:\n"
        '    if value in ("Play", "Stop", "Ask"):\n'
        '        return "intent"\n'
        "    elif type(value) is int:\n"
        '        return "int"\n'
        "    elif isinstance(value, (int, float)) and not isinstance(value, bool) or value is None:\n"
        '        return "float or null"\n'
        "    elif _belongs(value, _SLOT_TYPE):\n"
        '        return "slot"\n'
        "    elif _belongs(value, _TYPE):\n"
        '        return "texts"\n'
        '    return "other"\n'
    )
    assert between(text, "async def _known", "def kind") == (
        "async def _known(run: Run, one: str | list[str] | Passage | int, intent: Intent) -> str:\n"
        "    if isinstance(one, str):\n"
        '        return "text"\n'
        "    if isinstance(one, list):\n"
        '        return "texts"\n'
        "    elif isinstance(one, dict):\n"
        '        return "passage"\n'
        '    return "act" if intent in ("Play", "Stop") else "ask"\n'
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Stop", "intent"),
        ("stop", "other"),
        (1, "int"),
        (True, "other"),
        (1.5, "float or null"),
        (None, "float or null"),
        ({"name": "a", "value": "b"}, "slot"),
        ({"name": "a", "value": "b" * 21}, "other"),
        ({"name": "a"}, "other"),
        (["a"], "texts"),
        (["a", 1], "other"),
    ],
)
def test_a_value_is_of_a_type_or_not(both: Both, value: Any, kind: str) -> None:
    assert both("membership", "kind", lambda _: "", value)[0] == kind


def test_known_alternatives_are_told_apart_by_class(both: Both) -> None:
    for value, kind in (("a", "text"), (["a"], "texts"), ({"title": "t", "text": "x"}, "passage"), (3, "act")):
        assert both("membership", "known", lambda _: "", value, "Play")[0] == kind


# Failures.


def test_failures() -> None:
    assert between(text_of("failures"), "async def _careful", "def reply") == (
        "async def _careful(run: Run, question: str, texts: list[str]) -> str:\n"
        "    async def otherwise(error: str) -> str:\n"
        '        return f"none: {error}"\n'
        "\n"
        "    async def first_() -> Any:\n"
        "        return texts[0]\n"
        "\n"
        "    async def otherwise_(error: str) -> Any:\n"
        '        return "nothing"\n'
        "\n"
        "    async def first__() -> str:\n"
        '        result: str = (await run.predict(_CAREFUL_B, question=texts[1]))["answer"]\n'
        "        return result\n"
        "\n"
        "    async def otherwise__(error: str) -> str:\n"
        '        result: str = (await run.predict(_CAREFUL_C, question=error))["answer"]\n'
        "        return result\n"
        "\n"
        "    answer: str\n"
        "    first: str\n"
        "    second: str\n"
        "    answer, first, second = await run.gather(\n"
        "        run.either(_reply(run, question), otherwise),\n"
        "        run.either(first_(), otherwise_),\n"
        "        run.either(first__(), otherwise__),\n"
        "    )\n"
        '    return f"{answer}/{first}/{second}"\n'
    )


def test_what_fails_is_replaced(both: Both) -> None:
    """A reply that never fits, and items that are not there."""

    def reply(text: str) -> str:
        return answer(text) if "item" in text else "no idea"

    value, asked = both("failures", "careful", reply, "how?", [])
    first, second, third = value.split("/")
    assert first.startswith("none: Reply.a: ")
    assert (second, third) == ("nothing", "there is no item at this index")
    assert len(asked) == 3


def test_what_holds_is_kept(both: Both) -> None:
    assert both("failures", "careful", lambda text: answer(text), "q", ["a", "b"])[0] == "q/a/b"


# Tuned values.


def test_tuned_values_are_constants() -> None:
    text = text_of("tuned")
    assert between(text, "# Tuned", "_SERVERS") == (
        "# Tuned: from 1 to 8.\n"
        "_TUNED_K: int = 2\n\n\n"
        '# Tuned: one of "brief", "long".\n'
        '_TUNED_TONE: Literal["brief", "long"] = "brief"\n\n\n'
        '# Tuned: one of "one", "two".\n'
        '_TUNED_SHAPE: Literal["one", "two"] = "one"\n\n\n'
        "# Tuned: from 0.0 to 1.\n"
        "_TUNED_CUT: float = 0.5\n"
    )
    assert '    if _TUNED_SHAPE == "two":\n' in text
    assert "    k: int = _TUNED_K\n" in text


def test_tuned_values_hold(both: Both) -> None:
    assert both("tuned", "tuned", lambda _: "", ["a", "b", "c"])[0] == ["a", "b", "brief", "0.5"]


# Loops.


def test_loops() -> None:
    assert between(text_of("loops"), "async def _search", "def simple") == (
        "async def _search(run: Run, text: str) -> list[str]:\n"
        "    query: str = text\n"
        "    found: list[str] = []\n"
        "    for _ in range(3):\n"
        '        if query == "done":\n'
        "            break\n"
        "        r: Answer = await run.predict(_SEARCH_R, question=query)\n"
        '        if r["sure"]:\n'
        "            break\n"
        '        found = found + [r["answer"]]\n'
        '        query = r["answer"]\n'
        "    for _ in range(2):\n"
        "        found = _reverse(found)\n"
        "\n"
        "    async def each_one(one: str) -> None:\n"
        "        i: Intent = await _simple(run, one)\n"
        '        run.check(i != "Ask", f"no question: {one}", hard=False)\n'
        "\n"
        "    await run.gather(*(each_one(one) for one in found[:2]))\n"
        "    return found\n"
    )


def test_a_while_ends_with_its_condition_or_at_its_bound(both: Both) -> None:
    seen: list[str] = []

    def longer(text: str) -> str:
        seen.append(text)
        return answer(f"{text}x", sure=False) if len(seen) % 5 in (1, 2, 3) else "Ask"

    assert both("loops", "search", lambda _: answer("x"), "done") == ([], [])
    value, asked = both("loops", "search", longer, "x")
    assert (value, len(asked)) == (["xx", "xxx", "xxxx"], 5)


def test_a_break_ends_the_loop(both: Both) -> None:
    assert both("loops", "search", lambda _: answer("x", sure=True), "go")[0] == []


# Assertions.


def test_attempts() -> None:
    text = text_of("attempts")
    assert between(text, "async def _sure", "async def _first") == (
        "async def _sure(run: Run, question: str) -> str:\n"
        "    tries: int = 0\n"
        "    tries_before = tries\n"
        '    for attempt in run.attempts("Sure.a", "Sure.r"):\n'
        "        with attempt:\n"
        "            tries = tries_before\n"
        "            tries = tries + 1\n"
        "            a: Answer = await run.predict(_SURE_A, question=question)\n"
        '            attempt.check(0, a["sure"], "be sure", retries=2, hard=True)\n'
        '            r: Route = await run.predict(_SURE_R, text=a["answer"])\n'
        '            if r["intent"] == "Ask":\n'
        "                attempt.check(1, False, "
        "f\"no questions: {_split(a['answer'], ' ')[0]}\", retries=1, hard=False)\n"
        "    return f\"{a['answer']} {r['intent']} {_text(tries)}\"\n"
    )
    assert between(text, "async def _first", "async def _always") == (
        "async def _first(run: Run, texts: list[str]) -> str:\n"
        "    for one in texts[:3]:\n"
        "        ended = False\n"
        '        for attempt in run.attempts("First.a"):\n'
        "            with attempt:\n"
        "                a: Answer = await run.predict(_FIRST_A, question=one)\n"
        '                if a["answer"] == "stop":\n'
        "                    ended = True\n"
        "                    break\n"
        '                attempt.check(0, a["sure"], "be sure", retries=1, hard=False)\n'
        "        if ended:\n"
        "            break\n"
        '        if a["sure"]:\n'
        '            return a["answer"]\n'
        '    return "none"\n'
    )
    assert between(text, "async def _always", "def sure").endswith(
        '            return a["answer"]\n    raise AssertionError("an attempt ends with a value or an error")\n'
    )


def test_a_failed_assertion_is_told_and_tried_again(both: Both) -> None:
    def reply(text: str) -> str:
        if "be sure" in text:
            return answer("now", sure=True)
        return "Play" if text == "now" else answer("maybe", sure=False)

    value, asked = both("attempts", "sure", reply, "really?")
    assert value == "now Play 1"
    assert len(asked) == 3


def test_a_hard_assertion_fails_at_last(both: Both) -> None:
    value, asked = both("attempts", "sure", lambda _: answer("maybe", sure=False), "really?")
    assert value == "AssertionFailed: be sure"
    assert len(asked) == 3


def test_a_soft_assertion_lets_it_go_on(both: Both) -> None:
    value, asked = both("attempts", "first", lambda _: answer("maybe", sure=False), ["a"])
    assert (value, len(asked)) == ("none", 2)


def test_a_break_in_an_attempt_ends_the_loop_around_it(both: Both) -> None:
    value, asked = both("attempts", "first", lambda _: answer("stop", sure=True), ["a", "b"])
    assert (value, len(asked)) == ("none", 1)


def test_assertions_can_be_left_out() -> None:
    text = text_of("attempts", assertions=False)
    assert between(text, "async def _always", "def sure") == (
        "async def _always(run: Run, question: str) -> str:\n"
        "    a: Answer = await run.predict(_ALWAYS_A, question=question)\n"
        '    return a["answer"]\n'
    )
    assert "attempt." not in text.split("# The runtime")[0]


# Recursion, votes, scores.


def test_recursion_is_bounded(both: Both) -> None:
    assert between(text_of("depth"), "async def _solve", "def solve") == (
        "async def _solve(run: Run, question: str) -> str:\n"
        '    with run.depth("Solve", 2):\n'
        "        a: Answer = await run.predict(_SOLVE_A, question=question)\n"
        '        if not a["sure"]:\n'
        '            return await _solve(run, a["answer"])\n'
        '        return a["answer"]\n'
    )
    assert both("depth", "solve", lambda text: answer(text + "?", sure=len(text) > 2), "a")[0] == "a???"
    assert both("depth", "solve", lambda text: answer(text, sure=False), "a")[0].startswith("TooDeep: ")


def test_votes_are_told_apart_by_their_samples(both: Both) -> None:
    assert "await run.predict(_VOTE_V, i, question=question)" in text_of("votes")
    value, asked = both("votes", "vote", lambda _: "Reasoning: so\nAnswer: yes\nSure: true", "a")
    assert (value, len(set(asked))) == ("yes", 3)


def test_metrics_are_functions() -> None:
    text = text_of("scores")
    assert between(text, "def _quick", "async def _verdict") == (
        "def _quick(want: Any, got: Any) -> dict[str, Any]:\n"
        '    return _score_record(_contains(got, want["question"]) * 0.5)\n'
        "\n\n"
        "async def _judged(run: Run, want: Any, got: Any) -> dict[str, Any]:\n"
        '    return _score_record({"score": (await _verdict(run, want["question"], got))["right"], '
        '"feedback": "look again"})\n'
    )
    assert '        quick: Any = _quick({"question": question}, a)\n' in text
    assert '        s: Any = await _judged(run, {"question": question}, a)\n' in text


def test_the_best_is_found(both: Both) -> None:
    """The judge likes the second answer."""
    found: dict[str, int] = {}

    def reply(text: str) -> str:
        if "Answer:" in text:
            return "true" if "Answer: two" in text else "false"
        return answer(text)

    value, asked = both("scores", "best", reply, "one")
    assert (value, len(asked)) == ("one", 6)
    assert found == {}


# What is not an LM.


def test_externals() -> None:
    text = text_of("externals")
    assert emitted("externals")[PurePosixPath("python/words.py")] == WORDS
    assert between(text, "async def _count_words", "_WEATHER") == (
        "async def _count_words(run: Run, text: str, times: int) -> int:\n"
        '    """Counts the words."""\n'
        "    result: int = await _use_function(\n"
        "        run,\n"
        "        _COUNT_WORDS,\n"
        '        _load_function(__file__, "words.py", "count_words"),\n'
        '        {"text": text, "times": times},\n'
        "    )\n"
        "    return result\n"
    )
    assert between(text, "async def _look", "async def _outer").endswith(
        "    found: list[Passage]\n"
        "    count: int\n"
        "    found, count = await run.gather(\n"
        "        _docs(run, search_docs, question, 2),\n"
        "        _count_words(run, question, 2),\n"
        "    )\n"
        "    ran: Any\n"
        "    a: Answer\n"
        "    ran, a = await run.gather(\n"
        '        run.use(_run_code, f"print({_text(count)})"),\n'
        "        run.predict(_LOOK_A, question=_text(found)),\n"
        "    )\n"
        "    return f\"{a['answer']} {_text(count)} {_text(ran['output'])}\"\n"
    )
    assert "def outer(question: str, *, search_docs: Callable[[str, int], list[Passage]], lm: LM" in text


def test_functions_from_outside_are_called(both: Both) -> None:
    def search(query: str, k: int) -> list[dict[str, str]]:
        return [{"title": query, "text": str(k)}]

    value, asked = both("externals", "outer", lambda _: answer("here"), "a b c", search_docs=search)
    assert value == "here 6 6"
    assert '{\\\\\\"title\\\\\\": \\\\\\"a b c\\\\\\"' in asked[0] or "a b c" in asked[0]


def test_what_they_give_is_held_to_its_type(both: Both) -> None:
    value, _ = both("externals", "look", lambda _: "", "a", search_docs=lambda query, k: [{"title": 1}])
    assert value == 'ToolError: `docs` gave [{"title": 1}], where `list[Passage]` is declared'


def test_tools_are_used_in_the_order_of_the_source(tmp_path: Path) -> None:
    """They act on the world: nothing runs beside them, not even where a loop says that its rounds could."""
    text = text_of("turns")
    assert '    rest: list[str] = [await _note_(run, t) for t in texts[:3] if t != ""]\n' in text
    assert "    kept: list[str] = _flatten([await each(t) for t in texts[:3]])\n" in text
    assert "    for t in texts[:2]:\n        await _note_(run, t)\n" in text
    module, noted = load(tmp_path, "turns"), []

    def note(tool: dict[str, Any], arguments: dict[str, str]) -> str:
        assert tool["method"] == "POST"
        noted.append(arguments["text"])
        return arguments["text"]

    module._call_http = note
    value = module.write(["ab", "", "c"])
    assert value == ["one", "two", "ab", "c", "b", "none", "none"]
    assert noted == ["one", "two", "ab", "c", "b", "ab", ""]
    assert asyncio.run(module.write_async(["ab", "", "c"])) == value
    assert noted[7:] == noted[:7]


def test_what_fails_for_an_item_is_replaced_for_it(both: Both) -> None:
    text = text_of("spared")
    assert "    answers: list[str] = _flatten(await run.gather(*(each(t) for t in texts[:4])))\n" in text
    value, asked = both("spared", "spare", lambda text: answer(text) if text == "c" else "?", ["c", "-", "x", ""])
    assert value[0] == "c"
    assert value[1].startswith("x: Reply.a: ")
    assert value[2].startswith(": Reply.a: ")
    assert len(asked) == 5


def test_doc_strings_say_what_may_be_raised() -> None:
    always = "        CallError: a server did not answer\n"
    assert always + "        AssertionFailed: an assertion does not hold, after all retries\n" in text_of("attempts")
    assert always + "        TooDeep: a module calls itself deeper than it says\n" in text_of("depth")
    assert always + "        ToolError: a function outside the program failed\n" in text_of("externals")
    assert always + '    """\n' in text_of("tuned")


# Kinds of values.


def test_kinds_of_values() -> None:
    text = text_of("kinds")
    assert "Media: TypeAlias = str | dict[str, str]\n" in text
    assert (
        between(text, "class Tree", "class") == ("class Tree(TypedDict):\n    label: str\n    children: list[Tree]\n")
        or "class Tree(TypedDict):\n    label: str\n    children: list[Tree]\n" in text
    )
    assert "class Turn(TypedDict):\n    role: str\n    content: str\n" in text
    assert "# how good it is; 1..5\nStars: TypeAlias = int\n" in text
    assert "async def _kinds(run: Run, picture: Media, past: list[Turn], tree: Tree) -> dict[str, int]:\n" in text


def test_a_picture_and_a_conversation_are_sent(tmp_path: Path) -> None:
    module = load(tmp_path, "kinds")
    sent: list[Any] = []

    def lm(request: dict[str, Any]) -> str:
        sent.append(request["messages"])
        return "5" if len(sent) > 1 else "a cat"

    past = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
    value = module.kinds("https://example.org/cat.png", past, {"label": "x", "children": []}, lm=lm)
    assert value == {"five": 5}
    assert {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}} in sent[0][-1]["content"]
    assert past[0] in sent[0]


def test_formatting_and_checking_find_nothing(tmp_path: Path) -> None:
    for name in CONSTRUCTS:
        for path, data in emitted(name).items():
            if path.stem == name:
                (tmp_path / path.name).write_bytes(data)
    for command in (
        ["ruff", "format", "--isolated", "--line-length", "120", "--no-cache", "--diff"],
        ["ruff", "check", "--isolated", "--no-cache", "--select", "E4,E7,E9,F,I,W"],
        ["mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", "--python-version=3.10"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
