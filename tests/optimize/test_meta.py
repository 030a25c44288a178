"""Meta-prompts: all that lmc has, and a project's own in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmc.diagnostics import Failure, Sink
from lmc.driver.checks import check_program
from lmc.driver.load import load
from lmc.ir.program import LMDecl
from lmc.lm.base import Request
from lmc.optimize.meta import (
    ENTRY,
    MetaPrompts,
    builtin,
    demonstrated,
    meta_names,
    meta_purpose,
    meta_source,
    read_override,
)
from lmc.passes import simplify
from lmc.prompts import templates
from lmc.prompts.size import template_characters
from lmc.runtime.prompt import render
from lmc.source import SourceFile
from lmc.syntax import format_file, parse

from .conftest import Compile, MakeBench, prompt_of

LONGEST = 1200
"""Characters of a meta-prompt with nothing filled in: a proposer may be a small model with a small context."""


@pytest.mark.parametrize("name", meta_names())
def test_each_is_canonical_and_says_what_it_is_for(name: str) -> None:
    source = meta_source(name)
    assert format_file(parse(SourceFile(f"{name}.lmp", source), Sink())) == source
    assert meta_purpose(name).endswith(".")


@pytest.mark.parametrize("name", meta_names())
def test_each_is_a_program_without_mistakes_or_warnings(name: str, tmp_path: Path) -> None:
    (tmp_path / "main.lmp").write_text('lm small = "local/smollm2-135m"\n' + meta_source(name))
    loaded = load(tmp_path / "main.lmp")
    assert loaded.program is not None, loaded.sink.diagnostics
    check_program(simplify(loaded.program), tmp_path, loaded.sink)
    assert loaded.sink.diagnostics == ()


@pytest.mark.parametrize("name", meta_names())
@pytest.mark.parametrize("reference", ["local/smollm2-135m", "openai/gpt-4o-mini", "anthropic/claude"])
def test_each_renders_for_small_and_for_remote_lms(name: str, reference: str) -> None:
    program = MetaPrompts(LMDecl("proposer", reference)).program(name)
    found = templates(program)
    assert found
    for address, template in found.items():
        assert template_characters(template) < LONGEST, address
        parts = [part for turn in template["messages"] for part in turn.get("content", ())]
        holes = {part["input"] for part in parts if not isinstance(part, str)}
        inputs = {one: f"the {one}" for one in holes}
        text = prompt_of(Request("", render(template, inputs)))
        assert all(f"the {one}" in text for one in holes)


@pytest.mark.parametrize("name", meta_names())
def test_each_asks_twice_at_most_since_a_reply_that_does_not_fit_is_a_failed_proposal(name: str) -> None:
    program = MetaPrompts(LMDecl("proposer", "openai/gpt-4o-mini")).program(name)
    assert all(one["attempts"] <= 2 for one in templates(program).values())


OWN = """
signature Vary { "Sing it." in current: str out instruction: str }
module Main(current: str) -> str { return (predict Vary(current)).instruction }
"""


def mistakes(source: str) -> list[str]:
    sink = Sink()
    found = read_override("ape_resample", SourceFile("meta/ape_resample.lmp", source), sink)
    assert (found is None) == sink.failed
    return [f"{one.code} {one.message.split(': ', 1)[1]}" for one in sink.diagnostics if one.severity == "error"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Main(", "Other("), "LMP0571 it has no module `Main`"),
        (("current: str", "current: int"), "LMP0571 its `Main` takes `current` of another type"),
        (("-> str", "-> str?"), "LMP0571 its `Main` returns another type"),
        (
            ("\nsig", '\nlm mine = "local/smollm2-135m"\nsig'),
            "LMP0571 it may declare no LM, since the proposer answers it",
        ),
        (("\nsig", '\nimport { A } from "a.lmp"\nsig'), "LMP0571 it may import nothing"),
        (("\nsig", '\nextern python "a.py" f(x: str) -> str\nsig'), "LMP0571 it may call nothing outside the program"),
        (("Vary(current)", "Vary("), "LMP0570 "),
    ],
)
def test_one_that_does_not_fit_is_refused(change: tuple[str, str], said: str) -> None:
    assert any(one.startswith(said) for one in mistakes(OWN.replace(*change)))


def test_limits_and_what_it_takes_are_its_own() -> None:
    assert mistakes(OWN) == []
    assert mistakes(OWN.replace("-> str", "-> Short").replace("\nsig", "\ntype Short = str up to 9 chars\nsig")) == []
    assert mistakes(OWN.replace("Vary(current)", 'Vary("this")').replace("Main(current: str)", "Main()")) == []


def test_a_prompt_of_its_own_in_a_file_is_no_way_out_of_the_folder() -> None:
    found = mistakes(OWN.replace('"Sing it."', 'user prompt from "../secret.md"'))
    assert found


def test_an_own_one_answers_in_the_place_of_lmcs(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )
    meta = MetaPrompts(program.lms[0], {"ape_resample": OWN})
    bench = bench_of(program, lambda request: "la la" if "Sing it." in prompt_of(request) else "no", meta=meta)
    assert bench.propose("ape_resample", [{"current": "Answer."}]) == ["la la"]
    short = OWN.replace("Main(current: str)", "Main()").replace("Vary(current)", 'Vary("this")')
    bench.meta = MetaPrompts(program.lms[0], {"ape_resample": short})
    bench._interpreters.clear()
    assert bench.propose("ape_resample", [{"current": "Answer."}]) == ["la la"]
    with pytest.raises(Failure):
        MetaPrompts(program.lms[0], {"ape_resample": "module"}).program("ape_resample")


def test_a_reply_out_of_its_limits_is_a_failed_proposal(compiled: Compile, bench_of: MakeBench) -> None:
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )
    bench = bench_of(program, lambda request: "x" * 3000, meta=MetaPrompts(program.lms[0]))
    assert bench.propose("ape_resample", [{"current": "Answer."}, {"current": "Reply."}]) == [None, None]
    assert (bench.proposals, bench.malformed) == (2, 2)
    assert builtin("ape_resample").module(ENTRY).params


def test_an_own_demonstration_is_no_ban_on_what_it_says(compiled: Compile, bench_of: MakeBench) -> None:
    """Labels and verdicts are shown in demonstrations because they are right elsewhere too."""
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )
    demo = 'demo { task: "Sum.", input: "1 1", first: "2", second: "3" => better: "first" }\n}\n\nmodule'
    own = meta_source("tournament_judge").replace("}\n\nmodule", demo)
    assert own != meta_source("tournament_judge")
    bench = bench_of(program, lambda _: "first", meta=MetaPrompts(program.lms[0], {"tournament_judge": own}))
    inputs = {one.name: "x" for one in builtin("tournament_judge").module(ENTRY).params}
    assert bench.propose("tournament_judge", [inputs]) == ["first"]


WRITERS = {"gepa": "better", "grounded": "instruction", "opro": "instruction", "protegi_edit": "better"}


@pytest.mark.parametrize(("name", "output"), WRITERS.items())
def test_what_writes_instructions_shows_one_and_a_copy_of_it_is_a_failed_proposal(
    compiled: Compile, bench_of: MakeBench, name: str, output: str
) -> None:
    """A small LM that is shown none answers with the examples that it got."""
    program = compiled(
        """
signature Ask { in question: str out answer: str }
module Main(question: str) -> str { return (predict Ask(question)).answer }
metric good(want, got) = exact(want.answer, got)
"""
    )
    meta = MetaPrompts(program.lms[0])
    (shown,) = demonstrated(name)
    asked: list[str] = []

    def reply(request: Request) -> str:
        asked.append(prompt_of(request))
        return shown if len(asked) == 1 else "Say it briefly."

    bench = bench_of(program, reply, meta=meta)
    inputs = {one.name: "x" for one in builtin(name).module(ENTRY).params}
    assert set(bench.propose(name, [inputs, inputs])) == {None, "Say it briefly."}
    assert (bench.proposals, bench.malformed) == (2, 1)
    assert all(shown in one for one in asked)
    assert output in {field.name for field in builtin(name).signatures[0].outputs}
