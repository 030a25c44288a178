"""The lock: what it holds survives, and its published schema is that of the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import lmc.driver.lock as lock_module
from lmc.diagnostics import Failure
from lmc.driver.lock import (
    Lock,
    ModuleEntry,
    ScoreEntry,
    Spent,
    lock_schema,
    read_lock,
    settings_of,
    slot_entry,
    write_lock,
)
from lmc.driver.tuned import within
from lmc.ir.patch import SLOTS
from lmc.ir.program import Demo, Layout, Settings, Space

ROOT = Path(__file__).parents[2]


def test_settings_survive_the_lock() -> None:
    settings = Settings(
        instruction="Say it.",
        demos=(Demo((("text", "a"),), (("label", "b"),), "row 1"), Demo((("text", "c"),), (("label", ["d"]),))),
        layout=Layout("completion", "label", "bare", "unstated"),
    )
    assert settings_of(slot_entry(settings)) == settings
    assert settings_of(slot_entry(Settings())) == Settings()


TUNED: dict[str, Any] = {
    "instruction": "Say it.",
    "demos": (Demo((("text", None),), (("label", {"a": None}),), "row 1", (("no", "say it otherwise"),)),),
    "layout": Layout("chat", "xml", "json"),
    "nearest": 3,
    "lm": "large",
    "strategy": "chain_of_thought",
    "temperature": 0.5,
    "top_p": 0.9,
    "logit_bias": ((12, -5), (7, 0.5)),
    "max_tokens": 64,
    "retries": 2,
    "value": {"a": [None, 1, 1.5, True]},
}


@pytest.mark.parametrize("name", SLOTS)
def test_every_tuned_value_survives_the_file(tmp_path: Path, name: str) -> None:
    settings = Settings(**{name: TUNED[name]})
    score = ScoreEntry(score=1.0, n=1, low=1.0, high=1.0)
    entry = ModuleEntry(
        inputs={}, baseline=score, tuned=score, difference=score, sealed=True, reproducible=True, seed=0,
        spent=Spent(calls=0, tokens=0, dollars=0.0), passes=[], slots={"Main.a": slot_entry(settings)},
    )  # fmt: skip
    lock = Lock(lock=1, compiler="0", program="main.lmp", modules={"Main": entry})
    write_lock(tmp_path / "main.lock.json", lock)
    jsonschema.validate(json.loads((tmp_path / "main.lock.json").read_text()), json.loads(lock_schema()))
    read = read_lock(tmp_path / "main.lock.json")
    assert read is not None
    assert settings_of(read.modules["Main"].slots["Main.a"]) == settings


@pytest.mark.parametrize(
    ("value", "space", "fits"),
    [
        ("b", Space(("a", "b")), True),
        (None, Space((None, "b")), True),
        ("c", Space(("a", "b")), False),
        (True, Space((1, 2)), False),
        (3, Space(None, 1, 5), True),
        (1.0, Space(None, 0, 2), True),
        (1.5, Space(None, 0, 2), False),
        (1.5, Space(None, 0.0, 2), True),
        (3.0, Space(None, 0.0, 2), False),
    ],
)
def test_a_value_must_be_one_that_the_source_offers(value: Any, space: Space, fits: bool) -> None:
    assert within(value, space) is fits


def test_the_published_schema_is_that_of_the_code() -> None:
    published = Path(lock_module.__file__).with_name("lock.schema.json").read_bytes()
    assert published == lock_schema(), "write it again: python -c 'from lmc.driver.lock import *; print(lock_schema())'"


@pytest.mark.parametrize("path", sorted(ROOT.glob("programs/*/*.lock.json")), ids=lambda path: path.name)
def test_locks_of_the_programs_fit_the_schema(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text()), json.loads(lock_schema()))
    assert read_lock(path) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lock": 2}', '{"lock": 1, "compiler": "0", "program": "p"}'])
def test_what_is_no_lock_is_refused_with_a_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "main.lock.json"
    path.write_text(text)
    with pytest.raises(Failure) as failure:
        read_lock(path)
    assert failure.value.diagnostic.code == "LMP0500"
    assert failure.value.diagnostic.help == "restore it from version control, or delete it and run `lmc build`"


def test_no_lock_is_no_error(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "main.lock.json") is None


def test_the_readme_says_what_the_locks_say() -> None:
    table = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("| program | as written |")[2].partition("\n\n")[0]
    )
    for row in table.splitlines()[2:]:
        name, before, after, rows, calls = (cell.strip() for cell in row.strip("| ").split("|"))
        (path,) = ROOT.glob(f"programs/{name.split('`')[1]}/*.lock.json")
        (entry,) = json.loads(path.read_text(encoding="utf-8"))["modules"].values()
        told = [f"{100 * entry[one]['score']:.0f} %" for one in ("baseline", "tuned")]
        assert [before, after.partition(",")[0]] == told, name
        assert [rows, calls] == [f"{entry['tuned']['n']:,}", f"{entry['spent']['calls']:,}"], name
