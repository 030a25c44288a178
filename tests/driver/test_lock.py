"""The lock: what it holds survives, and its published schema is that of the code."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import lmc.driver.lock as lock_module
from lmc.diagnostics import Failure
from lmc.driver.lock import lock_schema, read_lock, settings_of, slot_entry
from lmc.ir.program import Demo, Layout, Settings

ROOT = Path(__file__).parents[2]


def test_settings_survive_the_lock() -> None:
    settings = Settings(
        instruction="Say it.",
        demos=(Demo((("text", "a"),), (("label", "b"),), "row 1"), Demo((("text", "c"),), (("label", ["d"]),))),
        layout=Layout("completion", "label", "bare", "unstated"),
    )
    assert settings_of(slot_entry(settings)) == settings
    assert settings_of(slot_entry(Settings())) == Settings()


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
