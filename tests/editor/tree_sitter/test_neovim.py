"""Neovim itself loads the parser and the queries: the noted places have their colours there, folds and injections are
found, and there is no mistake in any program.

`LMC_TEST_NVIM` names the command (else `nvim`); it must be 0.11 or newer, which reads parsers of ABI 15. Where there is
none the tests skip, unless `LMC_TEST_NVIM` is set: then they fail."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tree_sitter import Parser

from .query import notes
from .sources import GRAMMAR, PROGRAMS, QUERIES, ROOT

Run = Callable[[str, Path], Any]


@pytest.fixture(scope="module")
def neovim(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs Lua in Neovim on a file; gives what it returns."""
    wanted = os.environ.get("LMC_TEST_NVIM")
    command = wanted or shutil.which("nvim")
    version = re.match(r"NVIM v(\d+)\.(\d+)", output_of(command, "--version")) if command else None
    if command is None or version is None or (int(version[1]), int(version[2])) < (0, 11):
        message = "there is no Neovim of version 0.11 or newer"
        pytest.fail(message) if wanted else pytest.skip(message)
    home = tmp_path_factory.mktemp("neovim")
    runtime = home / "runtime"
    (runtime / "parser").mkdir(parents=True)
    (runtime / "queries").mkdir()
    shutil.copy(library, runtime / "parser" / "lmp.so")
    (runtime / "queries" / "lmp").symlink_to(QUERIES)

    def run(lua: str, path: Path) -> Any:
        script, answer = home / "script.lua", home / "answer.json"
        script.write_text(START.format(runtime=runtime, path=path, lua=lua, answer=answer), encoding="utf-8")
        answer.unlink(missing_ok=True)
        flags = ["--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {script}", "-c", "qa!"]
        said = output_of(command, *flags, XDG_STATE_HOME=str(home), XDG_CONFIG_HOME=str(home), XDG_DATA_HOME=str(home))
        assert answer.exists(), said
        return json.loads(answer.read_text(encoding="utf-8"))

    return run


START = """
vim.opt.runtimepath:prepend('{runtime}')
vim.filetype.add({{ extension = {{ lmp = 'lmp' }} }})
vim.cmd.edit('{path}')
vim.bo.filetype = 'lmp'
vim.treesitter.start(0, 'lmp')
local parser = vim.treesitter.get_parser(0, 'lmp')
parser:parse(true)
local function answer()
{lua}
end
local file = io.open('{answer}', 'w')
file:write(vim.json.encode(answer()))
file:close()
"""


def output_of(command: str, *arguments: str, **variables: str) -> str:
    """What a command says on both of its streams."""
    done = subprocess.run(
        [command, *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, **variables}, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted((GRAMMAR / "test" / "highlight").glob("*.lmp")), ids=lambda path: path.stem)
def test_neovim_colours_noted_places_as_noted(neovim: Run, parser: Parser, path: Path) -> None:
    found = notes(parser, path.read_text(encoding="utf-8"))
    places = ",".join(f"{{{note.row},{note.column}}}" for note in found)
    lua = f"""
    local found = {{}}
    for _, place in ipairs({{{places}}}) do
      local last = ''
      for _, one in ipairs(vim.treesitter.get_captures_at_pos(0, place[1], place[2])) do
        if one.lang == 'lmp' and one.capture ~= 'spell' and one.capture ~= 'none' then last = one.capture end
      end
      table.insert(found, last)
    end
    return found
    """
    assert neovim(lua, path) == [note.capture for note in found]


def test_neovim_finds_no_mistake_in_a_program(neovim: Run) -> None:
    paths = [path for path in PROGRAMS if path.is_relative_to(ROOT / "programs")]
    listed = ",".join(f"'{path}'" for path in paths)
    lua = f"""
    local wrong = {{}}
    for _, path in ipairs({{{listed}}}) do
      local text = table.concat(vim.fn.readfile(path), '\\n')
      if vim.treesitter.get_string_parser(text, 'lmp'):parse()[1]:root():has_error() then table.insert(wrong, path) end
    end
    return {{ wrong = #wrong, tried = {len(paths)} }}
    """
    assert neovim(lua, paths[0]) == {"wrong": 0, "tried": len(paths)}


def test_neovim_folds_a_program(neovim: Run) -> None:
    lua = """
    vim.wo.foldmethod = 'expr'
    vim.wo.foldexpr = 'v:lua.vim.treesitter.foldexpr()'
    vim.cmd('normal! zx')
    local levels = {}
    for line = 1, vim.fn.line('$') do table.insert(levels, vim.treesitter.foldexpr(line)) end
    return levels
    """
    path = ROOT / "programs" / "handwritten" / "handwritten.lmp"
    levels = neovim(lua, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert levels[lines.index("signature Sort {")] == ">1"
    assert levels[lines.index("  prompt {")] == ">2"
    assert levels[lines.index('    fixed system """')] == ">3"
    assert levels[lines.index('lm small = "local/smollm2-135m"')] == "0"


def test_neovim_finds_the_prompts(neovim: Run) -> None:
    lua = """
    local found = {}
    local query = vim.treesitter.query.get('lmp', 'injections')
    for id, node, metadata in query:iter_captures(parser:trees()[1]:root(), 0) do
      if metadata['injection.language'] == 'jinja' then table.insert(found, vim.treesitter.get_node_text(node, 0)) end
    end
    return found
    """
    first, second = neovim(lua, ROOT / "programs" / "handwritten" / "handwritten.lmp")
    assert "You sort messages" in first
    assert "{{ demos }}" in second
