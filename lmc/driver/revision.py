"""Programs as a git repository has them.

The repository may be anybody's: git is asked for objects alone, without hooks, filters, pagers, external programs or
the network, whatever its configuration says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.driver.dependencies import named_in
from lmc.driver.load import Loaded, load, lock_path
from lmc.store import write_atomic

HARMLESS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "core.commitGraph=false",
)
"""What is set for every call, above what the repository sets."""

KEPT = ("PATH", "HOME", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "XDG_CONFIG_HOME", "USERPROFILE", "LANG")
"""The environment of git: no variable that names another repository, index or program."""

PATIENCE = 60.0
"""Seconds that git may take."""

PROJECT_MARK = ".hg"
"""Makes a folder the root of a project, as `.git` or a pyproject.toml does."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that a folder is in; `top` is the folder of its working tree."""

    top: Path

    def commit(self, revision: str) -> str:
        """The commit that a revision names, as its hash. Raises Failure (LMP0911)."""
        done = run_git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if done.returncode or not done.stdout.strip():
            raise Failure(problems.unknown_revision(revision, self.names()))
        return done.stdout.decode().strip()

    def names(self) -> tuple[str, ...]:
        """The branches and tags, for suggestions."""
        done = run_git(self.top, "for-each-ref", "--count=200", "--format=%(refname:short)", "refs/heads", "refs/tags")
        return ("HEAD", *done.stdout.decode(errors="replace").split())

    def file(self, commit: str, path: Path) -> bytes | None:
        """The bytes of a file in a commit; None where that has no file there. Raises Failure where git cannot say."""
        name = f"{commit}:{path.relative_to(self.top).as_posix()}"
        if run_git(self.top, "cat-file", "-e", name).returncode:
            return None
        done = run_git(self.top, "cat-file", "blob", name)
        return done.stdout if not done.returncode else None


def repository_of(folder: Path) -> Repository:
    """The repository of a folder. Raises Failure (LMP0914)."""
    done = run_git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise Failure(problems.no_repository(folder, done.stderr.decode(errors="replace")))
    return Repository(Path(os.fsdecode(done.stdout.rstrip(b"\n"))).resolve())


def run_git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Asks git something. Raises Failure where there is no git, or it does not end."""
    settings = [part for one in HARMLESS for part in ("-c", one)]
    command = ["git", "--no-pager", "--literal-pathspecs", *settings, "-C", str(folder), *arguments]
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    env |= {"GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    except FileNotFoundError:
        raise Failure(problems.no_git("git is not installed")) from None
    except subprocess.TimeoutExpired:
        raise Failure(problems.no_git(f"git did not answer within {PATIENCE:.0f} seconds")) from None


@contextmanager
def loaded_at(now: Loaded, revision: str, shown: str) -> Iterator[Loaded]:
    """The program as it was in a revision, with its lock, read from a folder that lives as long as the context does.
    `shown` is its file as the user names it. Raises Failure: LMP0914 out of a repository, LMP0911 for an unknown
    revision, and where the revision has no such file."""
    repository = repository_of(now.folder)
    commit = repository.commit(revision)
    with TemporaryDirectory(prefix="lmc-diff-") as name:
        folder = Path(name).resolve()
        (folder / PROJECT_MARK).touch()
        target = folder / now.path.relative_to(now.root)
        if not fetch(repository, commit, now.path, target):
            raise Failure(not_there(revision, shown))
        fetch(repository, commit, lock_path(now.path), lock_path(target))
        seen = {target}
        queue = [target]
        while queue:
            source = queue.pop()
            for kind, path in named_in(source):
                found = Path(os.path.normpath(source.parent / path))
                wanted = now.root / found.relative_to(folder) if found.is_relative_to(folder) else None
                if wanted is None or found in seen:
                    continue
                seen.add(found)
                if fetch(repository, commit, wanted, found) and kind == "import":
                    queue.append(found)
        yield load(target, f"{revision}:{shown if '/' in shown else f'./{shown}'}")  # as git itself writes paths


def fetch(repository: Repository, commit: str, path: Path, target: Path) -> bool:
    """Writes a file as a commit has it; whether it has one."""
    data = repository.file(commit, path)
    if data is None:
        return False
    write_atomic(target, data, durable=False)
    return True


def not_there(revision: str, shown: str) -> Diagnostic:
    """A program that a revision lacks."""
    return Diagnostic(
        "LMP0911",
        f"the revision `{revision}` has no file `{shown}`",
        help="name another one: `lmc diff FILE REVISION`, or compare with the program as written: `--original`",
    )


__all__ = ["Repository", "loaded_at", "repository_of", "run_git"]
