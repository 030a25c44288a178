"""`lmc diff`, against real git repositories, harmless ones and others."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Inside, everything

QUICKSTART = Path(__file__).parents[2] / "programs" / "quickstart"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

LIBRARY = 'signature Judge {\n  "Is the number even or odd?"\n  in text: str\n  out parity: "even" | "odd"\n}\n'
PROGRAM = """\
import { Judge } from "lib/judge.lmp"

lm small = "local/none"

module Main(text: str) -> str {
  let verdict = predict Judge(text)
  return verdict.parity
}

emit prompts to "out"
"""


def git(folder: Path, *args: str) -> str:
    """What git says."""
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1", **identity}
    done = subprocess.run(["git", *args], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def commit(folder: Path) -> None:
    """Commits everything."""
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x", "--no-verify")


@pytest.fixture
def project(tmp_path: Path) -> Inside:
    """A program with an import, below the top of a repository, with one commit."""
    folder = tmp_path / "repository" / "programs"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "judge.lmp").write_text(LIBRARY)
    (folder / "main.lmp").write_text(PROGRAM)
    git(folder.parent, "init", "-q", "-b", "main")
    commit(folder.parent)
    return Inside(folder, {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LMC_HOME": str(tmp_path / "home")})


def edit(folder: Path, old: str, new: str, file: str = "lib/judge.lmp") -> None:
    """Replaces a text that the file has."""
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def test_an_edit_of_an_import_shows_in_the_prompt_side_by_side(project: Inside) -> None:
    same = project("diff", "main.lmp", "--exit-code")
    assert (same.code, same.out) == (0, "HEAD → now: 1 same\n")
    edit(project.folder, "Is the number even or odd?", "Say whether the number is even or odd, and nothing else.")
    before = everything(project.folder)
    done = project("diff", "main.lmp", "--width", "80")
    assert (done.code, done.err) == (0, "")
    assert "=== Main.verdict\n--- prompt\n" in done.out
    assert re.search(r"^Is the number even or odd\? +\| Say whether the number is ", done.out, re.MULTILINE)
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert done.out.endswith("HEAD → now: 1 changed\n")
    assert project("diff", "main.lmp", "--exit-code").code == 1
    found = project("diff", "main.lmp", "--json").json
    (call,) = found["calls"]
    assert (found["same"], call["kind"], [one["title"] for one in call["parts"]]) == (False, "changed", ["prompt"])
    assert "-Is the number even or odd?" in project("diff", "main.lmp", "--unified").out
    commit(project.folder)
    assert project("diff", "main.lmp", "--exit-code").code == 0
    assert project("diff", "main.lmp", "HEAD~1", "--exit-code").code == 1
    assert project("diff", "main.lmp", "main", "--exit-code").code == 0
    assert everything(project.folder) == before


def test_calls_that_came_and_went_and_settings(project: Inside) -> None:
    new = "module Other(text: str) -> str {\n  return (predict (text -> title)(text)).title\n}\n\nemit"
    edit(project.folder, "emit", new, "main.lmp")
    edit(project.folder, "local/none", "openai/gpt-4o-mini", "main.lmp")
    done = project("diff", "main.lmp")
    assert re.search(r"^=== Other\.\w+, only now$", done.out, re.MULTILINE)
    assert "small, local/none" in done.out
    assert "small, openai/gpt-4o-mini" in done.out
    shutil.copy(project.folder / "main.lmp", project.folder / "new.lmp")
    git(project.folder, "checkout", "-q", "main.lmp")
    assert re.search(r"^=== Other\.\w+, only in new\.lmp$", project("diff", "main.lmp", "new.lmp").out, re.MULTILINE)
    assert "=== Other" not in project("diff", "main.lmp", "new.lmp", "--module", "Main").out


def test_a_tuning_against_the_program_as_written_and_another_lock(tmp_path: Path) -> None:
    folder = tmp_path / "quickstart"
    shutil.copytree(QUICKSTART, folder)
    lmc = Inside(folder, {"PATH": os.environ["PATH"], "LMC_HOME": str(tmp_path / "home")})
    done = lmc("diff", "router.lmp", "--original")
    assert "now: as written 34.0 %, tuned 85.0 % on 100 sealed rows" in done.out
    assert "{% nearest 6 of 150 %}" in done.out
    (folder / "other.lock.json").write_bytes((folder / "router.lock.json").read_bytes())
    edit(folder, '"nearest": 6', '"nearest": 4', "other.lock.json")
    found = lmc("diff", "router.lmp", "other.lock.json", "--json").json
    (part,) = found["calls"][0]["parts"]
    assert ("nearest 4 of 150" in part["before"], "nearest 6 of 150" in part["after"]) == (True, True)
    edit(folder, "Classify the intent", "Say the intent", "router.lmp")
    stale = lmc("diff", "router.lmp", "--original")
    assert "warning[LMP0501]" in stale.err
    (folder / "router.lock.json").unlink()
    assert lmc("diff", "router.lmp", "--original").code == 4


def test_what_a_repository_says_is_to_be_run_is_not_run(project: Inside, tmp_path: Path) -> None:
    """Whatever its configuration, hooks and attributes name would leave a file behind."""
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho run >> {tmp_path / 'sprung'}\ncat\n")
    trap.chmod(0o755)
    top = project.folder.parent
    for name in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand", "core.editor", "pager.log"):
        git(top, "config", name, str(trap))
    for name in ("filter.x.smudge", "filter.x.clean", "filter.x.process", "diff.x.textconv", "diff.x.command"):
        git(top, "config", name, str(trap))
    git(top, "config", "alias.rev-parse", f"!{trap}")
    git(top, "config", "alias.cat-file", f"!{trap}")
    (top / ".git" / "info" / "attributes").write_text("*.lmp filter=x diff=x\n")
    for hook in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        shutil.copy(trap, top / ".git" / "hooks" / hook)
    edit(project.folder, "Is the number", "Is this number")
    done = project("diff", "main.lmp", GIT_EXTERNAL_DIFF=str(trap), GIT_PAGER=str(trap), GIT_DIR=str(tmp_path))
    assert done.code == 0, done.err
    assert "Main.verdict" in done.out
    assert not (tmp_path / "sprung").exists()
    assert project("diff", "main.lmp", "--", "--output=x").code == 2
    assert not (project.folder / "x").exists()


def test_mistakes(project: Inside, tmp_path: Path) -> None:
    for args, code, says in (
        (["mian.lmp"], 2, "did you mean `main.lmp`?"),
        (["main.lmp", "HAED"], 2, "error[LMP0911]: `HAED` is neither a file nor a revision of the repository"),
        (["main.lmp", "HAED"], 2, "did you mean `HEAD`?"),
        (["main.lmp", "HEAD", "--original"], 2, "exclude one another"),
        (["main.lmp", "--original"], 2, "error[LMP0905]"),
        (["main.lmp", "--module", "Man"], 2, "did you mean `Main`?"),
    ):
        done = project("diff", *args)
        assert (done.code, done.out) == (code, "")
        assert says in done.err
    (project.folder / "new.lmp").write_text(PROGRAM)
    assert "the revision `HEAD` has no file `new.lmp`" in project("diff", "new.lmp").err
    edit(project.folder, "in text", "inn text")
    commit(project.folder)
    git(project.folder, "checkout", "-q", "HEAD~1", "--", "lib/judge.lmp")
    broken = project("diff", "main.lmp")
    assert broken.code == 1
    assert "--> HEAD:./lib/judge.lmp:3:" in broken.err
    outside = tmp_path / "outside"
    shutil.copytree(project.folder, outside)
    done = Inside(outside, project.env)("diff", "main.lmp")
    assert done.code == 2
    assert "error[LMP0914]" in done.err
    assert "is in no git repository" in done.err
    gone = Inside(project.folder, {**project.env, "PATH": str(tmp_path)})("diff", "main.lmp")
    assert (gone.code, "error[LMP0914]: git is not installed" in gone.err) == (2, True)
