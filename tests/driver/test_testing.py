"""`test` blocks: scripted, recorded and real LMs, and what is said of a case that does not hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lmc.diagnostics import Failure
from lmc.driver.junit import junit
from lmc.driver.load import load
from lmc.driver.testing import Options, Result, Suite
from lmc.driver.tuned import tuned_program
from lmc.lm.base import Request
from lmc.lm.scripted import Scripted

HEAD = """\
lm small = "scripted/small"
lm large = "scripted/large"
signature Judge { in text: str out parity: "even" | "odd" out sure: int }
module Main(text: str) -> Judge {
  let verdict = predict Judge(text)
  suggest verdict.sure > 5 else "be sure" retry 0
  return verdict
}
"""

EVEN = "Parity: even\\nSure: 7"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a program with tests; its path."""
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")

    def go(tests: str) -> Path:
        (folder / "main.lmp").write_text(HEAD + tests)
        return folder / "main.lmp"

    return go


def run(path: Path, **options: Any) -> list[Result]:
    """The results of all cases."""
    loaded = load(path, "main.lmp")
    assert loaded.program is not None, [one.message for one in loaded.sink.diagnostics]
    suite = Suite(tuned_program(loaded)[0], loaded, Options(**options))

    async def every() -> list[Result]:
        return [one for test in suite.tests() for one in await suite.run(test)]

    results = asyncio.run(every())
    suite.save()
    return results


def problems(results: list[Result]) -> list[tuple[str, tuple[str, ...]] | None]:
    return [None if one.problem is None else (one.problem.message, one.problem.notes) for one in results]


def test_the_value_is_it_and_its_fields_have_names(write: Write) -> None:
    path = write(f'''test "even" with {{ replies: ["{EVEN}", "{EVEN}"] }} {{
  Main("number 4") => parity == "even" and it.sure == sure
  predict Judge("number 4") => parity in ["even", "odd"]
}}
''')
    results = run(path)
    assert problems(results) == [None, None]
    assert [one.call for one in results] == ['Main("number 4")', 'predict Judge("number 4")']


@pytest.mark.parametrize(
    ("holds", "says", "caret"),
    [
        ('parity == "odd"', ['`parity` is "even"'], 'parity == "odd"'),
        ('parity == "even" and sure > 8', ["`sure` is 7"], "sure > 8"),
        ('parity == "odd" or sure == len(parity)', ['`parity` is "even"', "`sure` is 7", "`len(parity)` is 4"], None),
        ("not (sure > 5)", ["`sure` is 7"], None),
        ('"x" in parity', ['`parity` is "even"'], None),
        ("false", ["`false` is false"], None),
        ("1 // (sure - 7) == 1", ["the condition has no value: division by zero"], None),
    ],
)
def test_a_case_that_does_not_hold_says_which_part_and_why(
    write: Write, holds: str, says: list[str], caret: str | None
) -> None:
    path = write(f'test "a" with {{ replies: ["{EVEN}"] }} {{ Main("number 4") => {holds} }}\n')
    (result,) = run(path)
    assert result.problem is not None
    assert result.problem.code == "LMP0714"
    value = '{"parity": "even", "sure": 7}'
    assert result.problem.message == f'`Main("number 4")` gives {value}, which the test does not want'
    assert list(result.problem.notes) == says
    assert result.problem.primary is not None
    span = result.problem.primary.span
    assert path.read_text()[span.start : span.end] == (caret or holds)


def test_replies_are_given_in_order_and_one_that_lacks_is_told(write: Write) -> None:
    path = write('test "a" with { replies: ["nonsense"] } { Main("number 4") => true }\n')
    (result,) = run(path)
    assert result.problem is not None
    assert not result.outside
    assert result.problem.message == '`Main("number 4")` fails: the test has 1 reply, and the program asks for more'


def test_a_reply_that_never_fits_fails_its_case_and_not_the_next(write: Write) -> None:
    path = write(f'''test "a" with {{ replies: ["nonsense", "nonsense", "{EVEN}"] }} {{
  Main("number 3") => true
  Main("number 4") => true
}}
''')
    first, second = run(path)
    assert first.problem is not None
    assert first.problem.message.startswith('`Main("number 3")` fails: the LM\'s reply does not fit')
    assert second.problem is None


def test_what_soft_assertions_say_is_kept(write: Write) -> None:
    path = write('test "a" with { replies: ["Parity: even\\nSure: 2"] } { Main("number 4") => true }\n')
    (result,) = run(path)
    assert result.problem is None
    assert result.notes == ("be sure",)


# Other LMs


def answer(request: Request) -> str:
    return "Parity: even\nSure: 9" if "large" in request.model else "Parity: odd\nSure: 9"


ASKING = """\
test "small" { Main("number 4") => parity == "odd" }
test "large" with { lm: large } { Main("number 4") => parity == "even" }
"""


def test_declared_lms_answer_and_a_test_may_choose(write: Write) -> None:
    path = write(ASKING)
    assert problems(run(path, open_it=lambda lm: Scripted(answer))) == [None, None]
    found = run(path, open_it=lambda lm: Scripted(answer), lm="large")
    assert [one.problem is None for one in found] == [False, True]
    assert len(run(path, open_it=lambda lm: Scripted(answer), only="LARGE")) == 1
    with pytest.raises(Failure) as failure:
        run(path, lm="larg")
    assert failure.value.diagnostic.code == "LMP0908"


def test_an_lm_that_cannot_be_asked_is_no_fault_of_the_program(write: Write) -> None:
    path = write(ASKING.splitlines()[0] + "\n")
    path.write_text(path.read_text().replace("scripted/small", "local/none"))
    (result,) = run(path)
    assert result.outside
    assert result.problem is not None
    assert result.problem.code == "LMP0622"


# Recordings

RECORDED = """\
test "recorded" with { recorded: "replies.jsonl" } {
  Main("number 4") => parity == "odd"
  Main("number 6") => parity == "odd"
}
test "also" with { recorded: "replies.jsonl" } { Main("number 8") => parity == "odd" }
"""


def test_what_was_recorded_answers_and_nothing_else_does(write: Write) -> None:
    path = write(RECORDED)
    assert [one.problem is not None for one in run(path)] == [True, True, True]
    lm = Scripted(answer)
    assert problems(run(path, record=True, open_it=lambda _: lm)) == [None, None, None]
    assert len(lm.calls) == 3
    recording = path.with_name("replies.jsonl")
    lines = [json.loads(line) for line in recording.read_text().splitlines()]
    assert [line["reply"] for line in lines] == [{"text": "Parity: odd\nSure: 9"}] * 3
    assert all("number" in line["prompt"] and line["model"] == "scripted/small" for line in lines)
    assert problems(run(path)) == [None, None, None]
    path.write_text(path.read_text().replace("number 6", "number 7"))
    _, second, _ = run(path)
    assert second.problem is not None
    assert not second.outside
    assert "the recording `replies.jsonl` has no reply" in second.problem.message


def test_recording_again_writes_the_same_bytes_and_forgets_what_nothing_asks_for(write: Write) -> None:
    path = write(RECORDED)
    run(path, record=True, open_it=lambda _: Scripted(answer))
    recording = path.with_name("replies.jsonl")
    before = recording.read_bytes()
    run(path, record=True, open_it=lambda _: Scripted(answer))
    assert recording.read_bytes() == before
    run(path, record=True, only="also", open_it=lambda _: Scripted(answer))
    assert recording.read_bytes() == before, "what other tests ask for is kept"
    path.write_text(path.read_text().replace("number 6", "number 4"))
    run(path, record=True, open_it=lambda _: Scripted(answer))
    assert len(recording.read_text().splitlines()) == 2


def test_a_damaged_recording_and_one_outside_the_project_are_refused(write: Write) -> None:
    path = write(RECORDED)
    path.with_name("replies.jsonl").write_text("\n{}\n")
    with pytest.raises(Failure, match=r"line 2 of the recording `replies\.jsonl` cannot be read"):
        run(path)
    path.write_text(path.read_text().replace("replies.jsonl", "../replies.jsonl"))
    with pytest.raises(Failure, match="is outside the project"):
        run(path)


# JUnit


def test_results_as_junit(write: Write) -> None:
    path = write(f'''test "some <cases>" with {{ replies: ["{EVEN}", "nonsense", "nonse\\u{{1}}nse"] }} {{
  Main("number 4") => true
  Main("number 4") => true
}}
test "unasked" {{ Main("number 4") => true }}
''')
    path.write_text(path.read_text().replace("scripted/small", "local/none"))
    results = run(path)
    root = ElementTree.fromstring(junit([("main.lmp", [(one, "said\x01" if one.problem else "") for one in results])]))
    (suite,) = root
    assert suite.attrib == {"name": "main.lmp", "tests": "3", "failures": "1", "errors": "1"}
    assert [one.get("name") for one in suite] == [
        'some <cases> [1] Main("number 4")',
        'some <cases> [2] Main("number 4")',
        'unasked [1] Main("number 4")',
    ]
    assert [[inner.tag for inner in one] for one in suite] == [[], ["failure"], ["error"]]
    failure = suite[1][0]
    assert failure.get("type") == "LMP0714"
    assert failure.text == "said\ufffd"
