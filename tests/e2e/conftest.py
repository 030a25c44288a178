"""The command line as a user has it: a process of its own in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lmc.cli.main import main
from tests.driver.conftest import chance, gold
from tests.e2e.forked import Forked, Parent
from tests.e2e.provider import Answer, Body, Provider, reply

KEY = "sk-e2e-0123456789abcdef-secret"
"""The API key of every test; no file and no output may hold it."""

PROGRAM = """\
lm small = LM

type Parity = "even" | "odd"

data numbers = "numbers.jsonl" { split: { train: 16, dev: 24, test: 20 }, seed: 0 }

signature Judge {
  "Is the number even or odd?"
  in text: str
  out parity: Parity
}

module Main(text: str) -> Parity {
  let verdict = predict Judge(text)
  return verdict.parity
}

metric accuracy(want, got) = exact(want.parity, got)

optimize Main { data numbers metric accuracy lm small budget 180 calls seed 0 }

emit prompts, python to "out"
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs `lmc` in `folder`. Whatever it does, it shows no traceback, no colour and no line that moves."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return Path(self.env["LMC_HOME"])

    def __call__(self, *args: str, input: str | bytes = b"", **env: str) -> Done:
        data = input.encode() if isinstance(input, str) else input
        return self.done(self.start(*args, **env), data)

    def start(self, *args: str, **env: str) -> subprocess.Popen[bytes] | Forked:
        """Starts a command."""
        command = [sys.executable, "-m", "lmc", *args]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.folder, env={**self.env, **env}, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0
        )

    def done(self, process: subprocess.Popen[bytes] | Forked, data: bytes = b"", seconds: float = 120.0) -> Done:
        """Waits for its end."""
        with process:
            try:
                out, err = (one.decode() for one in process.communicate(data, seconds))
            finally:
                process.kill()
        return plain(Done(process.returncode, out, err))


@dataclass
class Warm(Shell):
    """The same, forked off a process that has litellm, where processes fork."""

    parent: Parent | None = None

    def start(self, *args: str, **env: str) -> subprocess.Popen[bytes] | Forked:
        """Starts a command."""
        if self.parent is None:
            return super().start(*args, **env)
        return self.parent.start(args, self.folder, {**self.env, **env})

    @property
    def fresh(self) -> Shell:
        """The command line in the same project, in a new interpreter."""
        return Shell(self.folder, self.env)


@dataclass
class Inside(Shell):
    """The same in this process: quicker, and without what only a process of its own has."""

    patch: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)

    def __call__(self, *args: str, input: str | bytes = b"", **env: str) -> Done:
        with self.patch.context() as patch:
            patch.chdir(self.folder)
            for name in ("NO_COLOR", "CLICOLOR_FORCE", "OPENAI_API_KEY"):
                patch.delenv(name, raising=False)
            for name, value in {**self.env, **env}.items():
                patch.setenv(name, value)
            result = CliRunner().invoke(main, args, input=input, prog_name="lmc")
        return plain(Done(result.exit_code, result.stdout, result.stderr))


def plain(done: Done) -> Done:
    """What a command did, looked at for what no command may print."""
    for text in (done.out, done.err):
        for sign in ("Traceback", "\r", "\x1b", "internal compiler error", "Exception ignored", "RuntimeWarning", KEY):
            assert sign not in text, text
    return done


def environment(home: Path, **env: str) -> dict[str, str]:
    """The environment of a command: nothing of the one who runs the tests but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(home.parent), "LMC_HOME": str(home), **env}


def answer(number: int, body: Body) -> Answer:
    """An LM that demonstrations help, by its request alone: right on 50 % of the rows without any, on all with ten."""
    content = body["messages"][-1]["content"]
    text = content.rsplit("Text: ", 1)[-1].split("\n")[0]
    demos = (
        sum(one["role"] == "assistant" for one in body["messages"]) + content.count("Text: ") - ("Text: " in content)
    )
    right = chance(text, "row") < 0.5 + 0.05 * min(demos, 10)
    return reply(gold(text) if right else ("odd" if gold(text) == "even" else "even"))


def write_project(folder: Path, lm: str, program: str = PROGRAM) -> Path:
    """The program's file with its data, in a project of its own. `lm` is the declaration: a reference and options."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text("")
    rows = [{"id": str(number), "text": f"number {number * 37 + 11}"} for number in range(60)]
    lines = [json.dumps({**row, "parity": gold(row["text"])}) for row in rows]
    (folder / "numbers.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "main.lmp").write_text(program.replace("= LM", f"= {lm}"))
    return folder / "main.lmp"


def everything(folder: Path) -> Mapping[str, bytes]:
    """Every file below a folder, by path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def lmc(tmp_path: Path) -> Shell:
    """The command line in a project whose LM nobody asks: `local/none`."""
    write_project(tmp_path / "project", '"local/none"')
    return Shell(tmp_path / "project", environment(tmp_path / "home"))


@pytest.fixture
def inside(lmc: Shell) -> Inside:
    """The same project and command line, in this process."""
    return Inside(lmc.folder, lmc.env)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that answers as `answer` does."""
    found = Provider(answer)
    yield found
    found.close()


@pytest.fixture(scope="session")
def parent() -> Iterator[Parent | None]:
    """What commands that ask a remote LM are forked off; None where processes do not fork."""
    pytest.importorskip("litellm")
    found = Parent() if hasattr(os, "fork") else None
    yield found
    if found is not None:
        found.close()


@pytest.fixture
def remote(tmp_path: Path, provider: Provider, parent: Parent | None) -> Iterator[Callable[..., Warm]]:
    """Makes a project whose LM is that provider, with the options given (None: without one), and the command line in
    it. In the end no file may hold the API key."""

    def make(**options: Any) -> Warm:
        options = {"base_url": provider.url, **options}
        written = ", ".join(f"{name}: {json.dumps(one)}" for name, one in options.items() if one is not None)
        write_project(tmp_path / "project", f'"openai/fake" {{ {written} }}')
        return Warm(tmp_path / "project", environment(tmp_path / "home", OPENAI_API_KEY=KEY), parent)

    yield make
    for name, content in everything(tmp_path).items():
        assert KEY.encode() not in content, f"the API key stands in {name}"
