"""The pages of the optimizer passes, one for each in this folder: what it does, what it takes, and a program with a
scripted LM of planted behaviour that shows it. The blocks of a page, in order:

- `lmp`: a program; its LM is `scripted/small`. With `file=meta/NAME.lmp` a file beside it.
- `jsonl file=NAME`: a data file.
- `python`: the LM. It defines `reply(prompt)`, which gives the reply to the text of a whole prompt, its messages a line
  each; or `reply(prompt, request)`, where the model or what else is asked of it matters. It may define `FILES`, rows by
  file name. What was defined on the page before still holds.
- `tuned`: what `lmc build` makes of the program above: a line for each pass, the tuned values, the scores.

`pytest tests/optimize/test_pages.py --update-pages` writes the `tuned` blocks as they come out now; read the diff."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from lmc.driver.build import Build, Options
from lmc.driver.load import load
from lmc.driver.lock import read_lock
from lmc.lm.base import LM, Request
from lmc.lm.scripted import Scripted
from lmc.optimize.table import PASSES

from .conftest import prompt_of

FOLDER = Path(__file__).parent
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.M | re.S)


def pages() -> list[Path]:
    return sorted(FOLDER.glob("*.md"))


def built(folder: Path, reply: Callable[..., str]) -> str:
    """What a build of the program in the folder comes to."""

    def open_it(_: Any) -> LM:
        wanted = len(signature(reply).parameters)
        return Scripted(lambda request: reply(*(said(request), request)[:wanted]))

    loaded = load(folder / "main.lmp")
    assert loaded.program is not None, [one.message for one in loaded.sink.diagnostics]
    build = Build(loaded, Options(retune=True), lambda event, **details: None, open_it)
    build.run()
    assert not loaded.sink.failed, [one.message for one in loaded.sink.diagnostics]
    lock = read_lock(folder / "main.lock.json")
    assert lock is not None
    (entry,) = lock.modules.values()
    lines = [f"{one.name}: {one.outcome}, {one.calls} calls" for one in entry.passes]
    for address, slot in entry.slots.items():
        for name, value in slot.model_dump(mode="json", exclude_none=True).items():
            lines += [f"{address}.{name} = {shown(one)}" for one in (value if name == "demos" else [value])]
    more = entry.model_dump(mode="json", exclude_none=True)
    if "structure" in more:
        lines += more["structure"]
    for number, one in enumerate(entry.pareto or (), 1):
        values = [
            f"{address}.{name} = {shown(value)}"
            for address, slot in one.slots.items()
            for name, value in slot.model_dump(mode="json", exclude_none=True).items()
        ]
        lines.append(
            f"program {number}: {one.score.score:.3f}, {one.dollars:.4f} dollars; {', '.join(values) or 'as written'}"
        )
    lines.append(f"{entry.baseline.score:.3f} as written, {entry.tuned.score:.3f} tuned")
    return "\n".join(lines) + "\n"


def shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def said(request: Request) -> str:
    return prompt_of(request)


def write_rows(folder: Path, files: Mapping[str, list[dict[str, Any]]]) -> None:
    for name, rows in files.items():
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_pages: bool) -> None:
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    (folder / "meta").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("")
    text, defined, builds = page.read_text(), {}, 0
    for match in list(BLOCK.finditer(text)):
        kind, name, body = match.groups()
        match kind:
            case "lmp":
                (folder / (name or "main.lmp")).write_text(body)
            case "jsonl":
                (folder / name).write_text(body)
            case "python":
                (tmp_path / "page.py").write_text(body)
                defined.update(runpy.run_path(str(tmp_path / "page.py")))
                write_rows(folder, defined.get("FILES", {}))
            case "tuned":
                builds += 1
                found = built(folder, defined["reply"])
                if update_pages:
                    text = text.replace(match.group(0), f"```tuned\n{found}```")
                else:
                    assert found == body
    assert builds, "a page shows at least one build"
    if text != page.read_text():
        page.write_text(text)


def test_every_pass_has_a_page() -> None:
    assert {one.name for one in PASSES} <= {page.stem for page in pages()}
