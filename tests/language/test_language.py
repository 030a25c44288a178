"""The language reference: every block of every page does what the page shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lmc.ir.builtins import BUILTINS, METRICS
from lmc.optimize.table import PASSES
from lmc.syntax import KEYWORDS

from .manual import run_page

HERE = Path(__file__).parent
PAGES = sorted(HERE.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_the_compiler_does(page: Path, tmp_path: Path, update_language: bool) -> None:
    text = page.read_text(encoding="utf-8")
    found = run_page(text, tmp_path)
    if update_language:
        page.write_text(found, encoding="utf-8", newline="\n")
        text = found
    assert found == text


def test_the_reference_shows_every_keyword_and_every_function() -> None:
    shown = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [word for word in KEYWORDS if not re.search(rf"\b{word}\b", shown)] == []
    assert [name for name in (*BUILTINS, *METRICS) if f"\n{name}(" not in shown] == []


METHODS = HERE.parents[1] / "programs" / "methods"


def test_the_table_of_optimizers_names_every_pass_and_what_a_program_gained_by_each() -> None:
    page = (HERE / "20-beside.md").read_text(encoding="utf-8")
    table = page.partition("| elsewhere |")[2].partition("\n\n")[0]
    shown: set[str] = set()
    named: set[str] = set()
    for row in table.splitlines()[2:]:
        _, elsewhere, form, programs, scores, _ = row.replace("\\|", "").split("|")
        passes = re.findall(r"`(\w+)[(`]", form)
        found = re.findall(r"`(\w+)`", programs)
        assert scores.strip() == (", ".join(gained(name, passes) for name in found) or "–"), elsewhere
        for name in found:
            source = (METHODS / f"{name}.lmp").read_text(encoding="utf-8")
            assert any(re.search(rf"\b{one}\b", source.partition("passes")[2]) for one in passes), (elsewhere, name)
        shown |= set(found)
        named |= set(passes)
    assert {one.name for one in PASSES} <= named
    assert {path.stem for path in METHODS.glob("*.lmp")} <= shown


def gained(name: str, passes: list[str]) -> str:
    """What a program's lock says: its scores, what came of that one of the passes, and of which LM if of the larger.
    What won on dev rows was not kept where the sealed rows left the program as written."""
    (module,) = json.loads((METHODS / f"{name}.lock.json").read_text(encoding="utf-8"))["modules"].values()
    scores = " → ".join(f"{100 * module[one]['score']:.1f}".removesuffix(".0") for one in ("baseline", "tuned"))
    (outcome,) = (one["outcome"] for one in module["passes"] if one["name"] in passes)
    source = (METHODS / f"{name}.lmp").read_text(encoding="utf-8")
    kept = "" if outcome != "accepted" or module["slots"] or "structure" in module else ", not kept"
    larger = "0.5B: " if "task/larger.lmp" in source or "lm larger" in source else ""
    return f"{larger}{scores} {outcome}{kept}"


# The machinery

WRONG = """```lmp
lm small = "x/y"
module M(a: str) -> str { return b }
```
"""


def test_a_mistake_that_a_page_does_not_show_comes_out(tmp_path: Path) -> None:
    lines = run_page(WRONG, tmp_path).splitlines()
    assert "# error[LMP0100]: unknown name `b`" in lines[2]


def test_a_mistake_that_is_none_any_more_goes(tmp_path: Path) -> None:
    right = WRONG.replace("return b", "return a")
    assert run_page(right.replace("a }", "a }  # error[LMP0100]: unknown name `a`"), tmp_path) == right


RUN = """```lmp
lm small = "x/y"
module M(a: str) -> str { return (predict (a -> b)(a)).b }
```
```run
M(a: "1")
reply "2"
=> "2"
```
```prompt
[system]
Given the a, give the b.
[user]
1
```
```values
lower("A") => "a"  # str
```
"""


def test_a_true_page_comes_out_as_it_went_in(tmp_path: Path) -> None:
    assert run_page(RUN, tmp_path) == RUN
    assert run_page(RUN.replace('=> "2"', '=> "3"').replace("[user]\n1", "[user]"), tmp_path) == RUN
