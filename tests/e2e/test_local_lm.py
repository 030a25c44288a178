"""The embedded LM, end to end: a build that comes out the same twice, and emitted Python that says what `lmc run` says.

Ninety calls at most.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from lmc.store import models_folder
from tests.e2e.conftest import Shell, environment

pytestmark = [
    pytest.mark.lm,
    pytest.mark.skipif(find_spec("xllamacpp") is None, reason="xllamacpp is not installed"),
]

QUICKSTART = Path(__file__).parents[2] / "programs" / "quickstart"


def small_quickstart(folder: Path) -> None:
    """The quickstart with few rows and one cheap pass."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    program = (QUICKSTART / "router.lmp").read_text()
    program, splits = re.subn(r"split: \{[^}]*\}", "split: { train: 14, dev: 8, test: 4 }", program)
    program, budgets = re.subn(r"budget \d+ calls", "budget 30 calls", program)
    program, blocks = re.subn(r"seed 0\n\}", "seed 0\n  passes labeled(k: 4)\n}", program)
    program, lms = re.subn(r'("local/smollm2-135m")', r"\1 { threads: 1 }", program)  # other tests run beside it
    assert (splits, budgets, blocks, lms) == (1, 1, 1, 1)
    (folder / "router.lmp").write_text(program)
    (folder / "data").mkdir()
    lines = (QUICKSTART / "data" / "snips.jsonl").read_text().splitlines(keepends=True)
    (folder / "data" / "snips.jsonl").write_text("".join(lines[:40]))


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two homes with nothing in them but the model: that of this machine when it is here, else pulled once."""
    base = tmp_path_factory.mktemp("homes")
    homes = [base / "first", base / "second"]
    homes[0].mkdir()
    homes[1].mkdir()
    if (models_folder() / "smollm2-135m.gguf").is_file():
        (homes[0] / "models").symlink_to(models_folder().resolve())
    else:
        pulled = Shell(base, environment(homes[0]))("model", "pull", "smollm2-135m")
        assert pulled.code == 0, pulled.err
    (homes[1] / "models").symlink_to((homes[0] / "models").resolve())
    return homes


def test_a_new_project_builds(homes: list[Path], tmp_path: Path) -> None:
    lmc = Shell(tmp_path, environment(homes[0]))
    assert lmc("init", "reviews").code == 0
    path = tmp_path / "reviews" / "reviews.lmp"
    program, splits = re.subn(r"split: \{[^}]*\}", "split: { train: 6, dev: 4, test: 3 }", path.read_text())
    program, budgets = re.subn(r"budget \d+ calls", "budget 24 calls", program)
    program, blocks = re.subn(r"seed 0\n\}", "seed 0\n  passes labeled(k: 2)\n}", program)
    program, lms = re.subn(r'("local/smollm2-135m")', r"\1 { threads: 1 }", program)
    assert (splits, budgets, blocks, lms) == (1, 1, 1, 1)
    path.write_text(program)
    done = lmc("build", "reviews/reviews.lmp")
    assert done.code == 0, done.err
    assert "wrote reviews.lock.json" in done.out
    assert lmc("build", "--frozen", "--check", "reviews").code == 0


def test_the_same_build_twice_and_emitted_python_that_agrees(homes: list[Path], tmp_path: Path) -> None:
    small_quickstart(tmp_path / "project")
    lock = tmp_path / "project" / "router.lock.json"
    locks = []
    for home in homes:
        lmc = Shell(tmp_path / "project", environment(home))
        done = lmc("build", "router.lmp", "--json")
        assert done.code == 0, done.err
        assert 0 < done.json["served_calls"] <= 28
        assert json.loads(lock.read_text())["modules"]["Router"]["reproducible"] is True
        locks.append(lock.read_bytes())
        lock.unlink()
    assert locks[0] == locks[1]
    lock.write_bytes(locks[0])
    assert lmc("build", "router.lmp", "--frozen", "--check").code == 0

    text = "will it rain in Oslo tomorrow"
    ran = lmc("run", "router.lmp", "-i", f"text={text}")
    assert ran.code == 0, ran.err
    traced = re.search(r"\((\d+) tokens in", lmc("run", "router.lmp", "-i", f"text={text}", "--trace").err)
    (shown,) = lmc("render", "router.lmp", "-i", f"text={text}", "--json").json["calls"]
    assert traced is not None
    assert shown["tokens"] == {"count": int(traced[1]), "exact": True, "by": "the tokenizer of smollm2-135m"}
    server = lmc.start("model", "serve", "smollm2-135m", "--port", "0", LMC_TOKEN="a-token-of-this-test")
    try:
        assert server.stderr is not None
        line = server.stderr.readline().decode()
        url = re.search(r"http://127\.0\.0\.1:\d+/v1", line)
        assert url, line
        script = f"import sys; sys.path.insert(0, 'out/python'); import router; print(router.router({text!r}))"
        env = {"LMC_SMALL_BASE_URL": url[0], "LMC_TOKEN": "a-token-of-this-test", "PATH": os.environ["PATH"]}
        emitted = subprocess.run(
            [sys.executable, "-I", "-S", "-c", script], cwd=lmc.folder, env=env, capture_output=True, text=True
        )
        assert (emitted.stdout, emitted.stderr) == (ran.out, "")
    finally:
        server.send_signal(signal.SIGINT)
        done = lmc.done(server)
    assert done.code == 130
