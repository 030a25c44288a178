"""The hooks, run by the real pre-commit in a real repository: those that this repository offers, and those that
`lmc init` writes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import environment
from tests.e2e.test_diff import commit, git

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get("LMC_TEST_CLIENTS") == "required"

pytestmark = pytest.mark.skipif(
    not REQUIRED and (importlib.util.find_spec("pre_commit") is None or shutil.which("git") is None),
    reason="pre-commit or git is not installed",
)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which `lmc` is the one that is tested."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "lmc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lmc "$@"\n')
    (bin / "lmc").chmod(0o755)
    found = environment(tmp_path / "home", PRE_COMMIT_HOME=str(tmp_path / "pre-commit"), GIT_CONFIG_NOSYSTEM="1")
    return {**found, "PATH": f"{bin}:{os.environ['PATH']}"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The quickstart with its lock and outputs, committed in a repository of its own."""
    shutil.copytree(ROOT / "programs" / "quickstart", tmp_path / "project")
    (tmp_path / "project" / "library.lmp").write_text("signature Word {\n  in text: str\n  out word: str\n}\n")
    git(tmp_path / "project", "init", "-q", "-b", "main")
    return tmp_path / "project"


def pre_commit(project: Path, env: dict[str, str], *args: str) -> tuple[int, str]:
    """Runs pre-commit; its exit code and what it says."""
    command = [sys.executable, "-m", "pre_commit", *args]
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def states(said: str) -> dict[str, str]:
    """What came of each hook."""
    lines = [line for line in said.splitlines() if line.endswith(("Passed", "Failed", "Skipped"))]
    return {line.split("...")[0]: line.rsplit(".", 1)[-1].split(")")[-1] for line in lines}


def mistakes(project: Path, env: dict[str, str]) -> None:
    """Each hook finds what it is there for, and nothing else."""
    code, said = pre_commit(project, env, "run", "--all-files")
    assert code == 0, said
    assert list(states(said).values()) == ["Passed"] * 3

    program = project / "router.lmp"
    text = program.read_text()
    edited = text.replace("Classify the intent", "Say the intent") + "\ntype Unused = int\n"
    program.write_text(edited.replace("  in text: str", "  in    text: str"))
    code, said = pre_commit(project, env, "run", "--files", "router.lmp")
    assert code == 1
    assert list(states(said).values()) == ["Failed"] * 3
    assert program.read_text() == edited  # the first hook has set its form right
    for words in ("formatted router.lmp", "warning[LMP0106]", "error[LMP0501]"):
        assert words in said
    program.write_text(text)

    page = project / "out/prompts/Router.r.md"
    page.write_text(page.read_text() + "edited\n")
    code, said = pre_commit(project, env, "run", "--files", "out/prompts/Router.r.md")
    assert code == 1
    assert states(said) == {"lmc fmt": "Skipped", "lmc check": "Skipped", "lmc build --frozen --check": "Failed"}
    assert "error[LMP0503]" in said
    (project / "notes.txt").write_text("x\n")
    assert set(states(pre_commit(project, env, "run", "--files", "notes.txt")[1]).values()) == {"Skipped"}


def test_the_hooks_of_this_repository(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    hooks = tmp_path / "lmc-hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "init", "-q")
    commit(hooks)
    revision = git(hooks, "rev-parse", "HEAD").strip()
    offered = [one["id"] for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [{"id": one} for one in offered]}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    commit(project)
    assert pre_commit(project, env, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))[0] == 0
    mistakes(project, env)


def test_the_hooks_that_init_writes(project: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "lmc", "init", ".", "--name", "reviews", "--pre-commit"]
    subprocess.run(command, cwd=project, env=env, check=True, capture_output=True)
    for name in ("reviews.lmp", "data/messages.jsonl"):  # nobody has tuned it
        (project / name).unlink()
    commit(project)
    code, said = pre_commit(project, env, "run", "--files", "router.lmp")
    assert (code, list(states(said).values())) == (0, ["Passed"] * 3), said


def test_both_say_the_same() -> None:
    from lmc.driver.project.files import hooks

    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (repository,) = yaml.safe_load(hooks())["repos"]
    assert [{name: one for name, one in hook.items() if name != "description"} for hook in offered] == repository[
        "hooks"
    ]
