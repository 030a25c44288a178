"""The page of `lmc report`: what it says, that it is well-formed and needs nothing, and that nobody takes it over."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lmc.diagnostics import Failure
from lmc.driver.load import load
from lmc.report.page import page
from lmc.report.tuning import tunings_of
from lmc.report.view import view_of
from lmc.store import tunings_folder
from tests.report.conftest import HOSTILE, Make, tuning

VOID = {"meta", "link", "img", "br", "hr", "input"}


@dataclass
class Element:
    """An element of a page."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Read(HTMLParser):
    """A page as a strict reader has it: every element is closed where it was opened."""

    open: list[Element] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        self.elements.append(Element(tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop().tag == tag
        if tag in ("td", "dt", "dd", "div"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one.text += data

    def named(self, tag: str) -> list[Element]:
        return [one for one in self.elements if one.tag == tag]

    @property
    def text(self) -> str:
        return " ".join(self.named("main")[0].text.replace("\N{NO-BREAK SPACE}", " ").split())


def made(path: Path) -> str:
    """The page of a program."""
    return page(path.name, [view_of(one) for one in tunings_of(load(path))]).decode()


def read(text: str) -> Read:
    """A page, read to its end."""
    found = Read()
    found.feed(text)
    found.close()
    assert found.open == []
    return found


def test_it_says_what_came_of_it_and_how_sure_that_is(project: Make) -> None:
    path = project("helped")
    entry = tuning(path).entry
    text = read(made(path)).text
    assert f"From {100 * entry.baseline.score:.1f} % as written to {100 * entry.tuned.score:.1f} % on 50 sealed" in text
    assert "Tuning never saw these rows. The interval of the difference is above 0." in text
    low, high = entry.difference.low, entry.difference.high
    assert f"{100 * entry.difference.score:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]" in text
    assert f"{entry.spent.calls:,} of at most 900" in text
    assert "40 train, 60 dev, 50 sealed" in text
    for one in entry.passes:
        assert f"{one.name} {one.outcome} {one.calls}" in text


def test_it_shows_every_candidate_with_what_it_changes_and_what_became_of_it(project: Make) -> None:
    path = project("helped")
    record = tuning(path).record
    assert record is not None
    found = read(made(path))
    shown = [one for one in found.named("details") if one.attributes.get("class", "").startswith("candidate")]  # type: ignore[union-attr]
    assert len(shown) == len({one.candidate for one in record.trials})
    for element in shown:
        number = int(re.match(r"\d+", element.text.strip())[0])  # type: ignore[index]
        for trial in (one for one in record.trials if one.candidate == number):
            assert f"{100 * trial.score:.1f}\N{NO-BREAK SPACE}% on {trial.rows} rows" in element.text
        for slot in record.candidates[number].slots.values():
            for demo in slot.demos or ():
                assert str(demo.inputs["text"]) in element.text
    assert sum("the tuned program" in one.text for one in shown) <= 1


def test_the_chart_has_a_dot_for_each_comparison_and_a_line_for_each_pass(project: Make) -> None:
    path = project("helped")
    record = tuning(path).record
    assert record is not None
    found = read(made(path))
    stages = {one.stage for one in record.trials}
    assert [one.attributes["class"] for one in found.named("svg")] == ["wide", "narrow"]
    assert len(found.named("circle")) == 2 * len(record.trials)
    lines = [one for one in found.named("path") if one.attributes["class"] == "best"]
    assert len(lines) == 2 * len(stages)
    for circle in found.named("circle"):
        assert 0 <= float(circle.attributes["cx"] or -1) <= 960
        assert 0 <= float(circle.attributes["cy"] or -1) <= 340


def test_rows_won_and_lost_are_those_of_the_record(project: Make) -> None:
    path = project("helped")
    record = tuning(path).record
    assert record is not None
    found = read(made(path))
    sealed = [one for one in record.rows if one.role == "test" and one.before and one.after]
    won = [one.id for one in sealed if one.after.score > one.before.score]  # type: ignore[union-attr]
    lost = [one.id for one in sealed if one.after.score < one.before.score]  # type: ignore[union-attr]
    assert won
    assert f"{len(won)} won, {len(lost)} lost, {len(sealed) - len(won) - len(lost)} neither" in found.text
    rows = [one for one in found.named("tr") if one.attributes.get("data-kind")]
    kinds = [str(one.attributes["data-kind"]).split()[0] for one in rows[: len(sealed)]]
    assert (kinds.count("won"), kinds.count("lost"), kinds.count("same")) == (
        len(won),
        len(lost),
        len(sealed) - len(won) - len(lost),
    )


def test_the_final_prompt_stands_beside_the_original(project: Make) -> None:
    path = project("helped")
    sides = [one for one in read(made(path)).named("div") if one.attributes.get("class") == "side"]
    assert len(sides) == 2
    assert all("Is the number even or odd?" in one.text for one in sides)
    demos = tuning(path).entry.slots["Main.verdict"].demos
    assert demos
    for demo in demos:
        assert str(demo.inputs["text"]) in sides[1].text
        assert str(demo.inputs["text"]) not in sides[0].text


def test_a_program_that_was_kept_says_so_and_dev_scores_are_called_optimistic(project: Make) -> None:
    text = read(made(project("harmed"))).text
    assert "kept as written" in text
    assert "optimistic: dev rows" in text
    assert "Nothing: the program is as written." in text


@pytest.mark.parametrize("name", ["helped", "harmed", "hostile"])
def test_it_needs_nothing_else_and_runs_no_script_but_its_own(project: Make, name: str) -> None:
    text = made(project(name))
    found = read(text)
    (script,) = found.named("script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    policy = next(one for one in found.named("meta") if "http-equiv" in one.attributes).attributes["content"]
    assert f"script-src 'sha256-{digest}'" in str(policy)
    assert "default-src 'none'" in str(policy)
    for element in found.elements:
        for attribute, value in element.attributes.items():
            assert not attribute.startswith("on"), (element, attribute)
            assert attribute != "src"
            assert attribute != "href" or str(value).startswith("#") or value == "data:,"
    assert "http://" not in text
    assert "https://" not in text
    style = found.named("style")[0].text
    assert not re.search(r"url\(|@import", style)
    assert {one.tag for one in found.elements}.isdisjoint({"img", "iframe", "object", "embed", "form", "base"})


def test_what_an_lm_or_a_row_says_is_text_and_hidden_characters_are_seen(project: Make) -> None:
    text = made(project("hostile"))
    assert "<script>alert" not in text
    assert "\u202e" not in text
    visible = HOSTILE.replace("\u202e", "\\u202e")
    cells = [one.text for one in read(text).named("pre")]
    assert any(visible in one for one in cells)
    assert any("<b>Now</b>" in one for one in cells)


def test_without_a_record_it_shows_the_lock_and_says_what_to_do(project: Make) -> None:
    path = project("helped")
    for file in tunings_folder().iterdir():
        file.unlink()
    found = read(made(path))
    assert "This is what the lock says." in found.text
    assert "lmc build --retune" in found.text
    assert found.named("svg") == []
    assert "Candidates" not in found.text
    assert "number 1528" in found.text or "demonstrations of Main.verdict" in found.text


def test_what_changed_since_is_said_and_values_that_do_not_fit_are_left_out(project: Make) -> None:
    path = project("helped")
    path.write_text(path.read_text().replace("even or odd?", "odd or even?"))
    assert "Not fresh: since this tuning source changed." in read(made(path)).text
    path.write_text(path.read_text().replace("let verdict", "let answer").replace("verdict.parity", "answer.parity"))
    assert "The tuned values do not fit the program as it is now." in read(made(path)).text


def test_the_same_tuning_gives_the_same_bytes(project: Make) -> None:
    path = project("helped")
    assert made(path) == made(path)


def test_profiles_and_modules_have_a_section_each(project: Make) -> None:
    path = project("helped")
    (one,) = tunings_of(load(path))
    found = read(page("main.lmp", [view_of(one), view_of(one)]).decode())
    assert [str(link.attributes["href"]) for link in found.named("a")] == ["#t1", "#t2"]
    assert [section.attributes["id"] for section in found.named("section")] == ["t1", "t2"]


@pytest.mark.parametrize(("change", "code"), [("lock", "LMP0502"), ("optimize", "LMP0905")])
def test_a_program_that_nobody_tuned_has_no_report(project: Make, change: str, code: str) -> None:
    path = project("helped")
    if change == "lock":
        path.with_name("main.lock.json").unlink()
    else:
        path.write_text(re.sub(r"optimize Main \{[^}]*\}", "", path.read_text()))
    with pytest.raises(Failure) as failure:
        tunings_of(load(path))
    assert failure.value.diagnostic.code == code
