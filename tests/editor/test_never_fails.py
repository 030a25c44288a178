"""No text, however broken, makes a feature fail: every prefix of programs, and programs with a piece gone, doubled or
put in, each asked for everything at the place of the damage."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.editor.asked import ask_all, opened

ROOT = Path(__file__).parents[2]
EVERYTHING = ROOT / "tests" / "elaborate" / "everything.lmp"
PROGRAMS = sorted((ROOT / "programs").glob("*/*.lmp"))

PUT_IN = (
    *(".", ",", ":", "(", ")", "{", "}", "[", "]", '"', '"""', 'f"{', "=> ", "-> ", "1..", "#", "{{ ", "{% if "),
    *("let ", "predict ", "in ", "if ", "else ", "match x { case ", 'import "', "import { ", "tune { ", "passes "),
    *("with { ", "matching /", "module M(", "\ndata d = ", "lib.lib.", "\x00", "\r", "\ufeff", "é", "😀", "\ud800"),
)


def test_every_prefix_of_a_program_has_answers(tmp_path):
    text = (ROOT / "programs" / "quickstart" / "router.lmp").read_text("utf-8")
    for end in range(len(text) + 1):
        ask_all(opened(tmp_path / "main.lmp", text[:end]), end)


def test_prefixes_of_all_that_the_language_has_have_answers(tmp_path):
    text = EVERYTHING.read_text("utf-8")
    for end in range(0, len(text) + 1, 41):
        ask_all(opened(tmp_path / "main.lmp", text[:end]), end)


@pytest.mark.parametrize("seed", range(3))
def test_mutated_programs_have_answers(seed):
    chance = random.Random(seed)
    for number in range(60):
        path = chance.choice((*PROGRAMS, EVERYTHING))
        text = path.read_text("utf-8")
        place = chance.randrange(len(text))
        piece = text[place : place + chance.randrange(1, 40)]
        added = chance.choice(("", piece + piece, chance.choice(PUT_IN) + piece, chance.choice(PUT_IN)))
        changed = text[:place] + added + text[place + len(piece) :]
        ask_all(opened(path, changed), place + len(added), rename=number % 10 == 0)
