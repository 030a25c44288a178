"""The runtime and what is emitted need Python's standard library and nothing else."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from lmc.backends.python import Python
from lmc.backends.python.names import file_stem
from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.driver.outputs import taken_along
from lmc.ir.program import Emit

ROOT = Path(__file__).parents[2]
PROGRAMS = [*sorted(ROOT.glob("programs/*/*.lmp")), *sorted(ROOT.glob("tests/differential/programs/*.lmp"))]
COSTLY = {"dataclasses", "asyncio", "urllib", "inspect", "threading", "concurrent", "http", "ssl", "socket"}


def imported(text: str) -> Iterator[tuple[str, bool]]:
    """The modules that a text imports, and whether at its top level."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, node in tree.body) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node in tree.body


def emitted(path: Path) -> str:
    """The module that a program becomes."""
    loaded = load(path)
    program = loaded.program
    assert program is not None
    (declared,) = program.emits or (Emit((), "out"),)
    files = Python().emit(program, path.name, Sink(), taken_along(program, declared, loaded.root, Sink()))
    return files[PurePosixPath("python", f"{file_stem(program.name)}.py")].decode()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_emitted_modules_import_the_standard_library(path: Path) -> None:
    for name, at_top in imported(emitted(path)):
        assert name.split(".")[0] in sys.stdlib_module_names
        assert not (at_top and name.split(".")[0] in COSTLY), name


@pytest.mark.parametrize("path", sorted((ROOT / "lmc/runtime").glob("*.py")), ids=lambda path: path.stem)
def test_the_runtime_imports_the_standard_library(path: Path) -> None:
    for name, _ in imported(path.read_text("utf-8")):
        assert name.startswith("lmc.runtime") or name.split(".")[0] in sys.stdlib_module_names


def test_an_import_loads_nothing_costly_and_nothing_foreign(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(emitted(PROGRAMS[0]), encoding="utf-8")
    script = "import json, sys; sys.path.insert(0, sys.argv[1]); import module; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    before = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    bare = subprocess.run([sys.executable, "-I", "-c", before], capture_output=True, text=True, check=True)
    new = {name.split(".")[0] for name in set(json.loads(done.stdout)) - set(json.loads(bare.stdout))} - {"module"}
    assert new <= set(sys.stdlib_module_names)
    assert not new & COSTLY
