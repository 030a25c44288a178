"""Every diagnostic code has a page, and every page tells the truth.

A page is Markdown, `lmc/diagnostics/pages/LMPnnnn.md`:

- its first line is `# LMPnnnn: title`, with the title of the table in `codes.py`; then a paragraph or two;
- `## Wrong` makes the mistake, `## Right` cures it; each runs in an empty folder of its own, from top to bottom:
  a block opened by three backticks, a language and `file=NAME` writes that file (in UTF-8, or as `encoding=NAME`
  says); a `console` block runs its lines
  `$ lmc …` (or `$ NAME=value lmc …`), and what stands below each line is all that it prints, standard output and
  standard error together, then `[exit N]` if its exit code is not 0;
- `## Right` starts with the files of `## Wrong`; every `.lmp` file that it writes itself checks clean (those in `meta`
  are checked with the program beside it);
- the folder is shown as nothing and LMC_HOME as `LMC_HOME`, wherever a command prints their paths;
- a code that no command line brings about offline has `<!-- tested in: tests/… -->` in place of the output, and the
  test of that name speaks of the code.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lmc.diagnostics import CODES
from lmc.diagnostics.pages import page, raw_page

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "lmc" / "diagnostics" / "pages"
HIDDEN = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENROUTER_API_KEY", "HF_TOKEN", "CLICOLOR_FORCE")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its info string, the lines within, and where those stand in the page (from 0, end exclusive)."""

    section: str
    info: str
    lines: tuple[str, ...]
    start: int
    end: int

    @property
    def file(self) -> str | None:
        found = re.search(r"\bfile=(\S+)", self.info)
        return found[1] if found else None

    @property
    def content(self) -> bytes:
        found = re.search(r"\bencoding=(\S+)", self.info)
        return "".join(f"{line}\n" for line in self.lines).encode(found[1] if found else "utf-8")


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page; a fence of n backticks ends at a line of n backticks."""
    found: list[Block] = []
    section, fence, info, start = "", "", "", 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        opening = re.match(r"(`{3,})(.*)", line)
        if fence and line == fence:
            found.append(Block(section, info, tuple(lines[start:number]), start, number))
            fence = ""
        elif fence:
            continue
        elif opening:
            fence, info, start = opening[1], opening[2].strip(), number + 1
        elif line.startswith("## "):
            section = line[3:].strip()
    assert not fence, "a fence is not closed"
    return found


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs the command lines of a page in process, in `folder`, with `home` as LMC_HOME."""

    main: click.Command
    folder: Path
    home: Path

    def run(self, line: str) -> tuple[str, int]:
        """All that `NAME=value lmc …` prints, and its exit code."""
        words = shlex.split(line)
        given = dict(word.split("=", 1) for word in words[: words.index("lmc")])
        env: dict[str, str | None] = {name: None for name in HIDDEN}
        env |= {"LMC_HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "100", **given}
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            result = CliRunner().invoke(self.main, words[words.index("lmc") + 1 :], env=env, prog_name="lmc")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        output = result.output.replace(str(self.home), "LMC_HOME").replace(f"{self.folder}/", "")
        return output, result.exit_code

    def console(self, lines: tuple[str, ...]) -> list[str]:
        """What a console block shows when its commands are run again."""
        shown: list[str] = []
        for line in lines:
            if re.match(r"\$ (\w+=\S* )*lmc( |$)", line) is None:
                continue
            output, exit_code = self.run(line[2:])
            shown += [line, *output.splitlines()]
            if exit_code:
                shown.append(f"[exit {exit_code}]")
        return shown


@dataclass(frozen=True, slots=True)
class Outcome:
    """A page whose commands were run: its text with what they printed now, and the programs that did not check."""

    text: str
    unclean: tuple[str, ...]


def run_page(text: str, main: click.Command, folder: Path) -> Outcome:
    """Runs the sections of a page in folders under `folder`."""
    lines = text.split("\n")
    changes: list[tuple[Block, list[str]]] = []
    written: dict[str, dict[str, bytes]] = {}
    unclean: list[str] = []
    for block in blocks(text):
        shell = Shell(main, folder / block.section, folder / f"{block.section}.home")
        if block.section not in written:
            shell.folder.mkdir(parents=True)
            shell.home.mkdir()
            written[block.section] = {}
            if block.section == "Right":
                for name, content in written.get("Wrong", {}).items():
                    _write(shell.folder / name, content)
        if block.file is not None:
            written[block.section][block.file] = block.content
            _write(shell.folder / block.file, block.content)
        elif block.info == "console":
            changes.append((block, shell.console(block.lines)))
    for name in written.get("Right", {}):
        if name.endswith(".lmp") and not name.startswith("meta/"):
            output, exit_code = Shell(main, folder / "Right", folder / "Right.home").run(f"lmc check {name}")
            if exit_code or re.search(r"^(error|warning)\[", output, re.MULTILINE):
                unclean.append(f"{name} under Right does not check clean:\n{output}")
    for block, shown in reversed(changes):
        lines[block.start : block.end] = shown
    return Outcome("\n".join(lines), tuple(unclean))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def stand_in(text: str) -> str | None:
    """The test that stands in for a command line."""
    found = re.search(r"^<!-- tested in: (\S+) -->$", text, re.MULTILINE)
    return found[1] if found else None


# The pages


@pytest.fixture
def lmc() -> click.Command:
    from lmc.cli.main import main

    return main


@pytest.mark.parametrize("code", sorted(path.stem for path in PAGES.glob("LMP*.md")))
def test_a_page_shows_what_the_commands_print(
    code: str, lmc: click.Command, tmp_path: Path, update_pages: bool
) -> None:
    path = PAGES / f"{code}.md"
    text = path.read_text(encoding="utf-8")
    outcome = run_page(text, lmc, tmp_path)
    assert "\ninternal compiler error" not in outcome.text, outcome.text
    if update_pages:
        path.write_text(outcome.text, encoding="utf-8", newline="\n")
        text = outcome.text
    assert outcome.text == text
    assert not outcome.unclean, "\n".join(outcome.unclean)


@pytest.mark.parametrize("code", sorted(path.stem for path in PAGES.glob("LMP*.md")))
def test_a_page_makes_its_own_mistake(code: str) -> None:
    text = raw_page(code)
    assert text is not None
    if test := stand_in(text):
        assert code in (ROOT / test).read_text(encoding="utf-8")
        return
    shown = [
        line for block in blocks(text) if (block.section, block.info) == ("Wrong", "console") for line in block.lines
    ]
    assert any(f"[{code}]" in line for line in shown)
    assert any(block.section == "Right" for block in blocks(text))


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_page_of_its_title(code: str) -> None:
    text = page(code)
    assert text is not None
    assert text.splitlines()[0] == f"# {code}: {CODES[code].title}"
    assert text.splitlines()[1:3][-1].strip(), "a paragraph stands below the title"


def test_every_page_has_a_code() -> None:
    assert {path.stem for path in PAGES.iterdir()} <= set(CODES)


# The machinery, with a compiler that knows one mistake


@click.group()
def fake() -> None:
    """Stands in for lmc."""


@fake.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def check(file: Path) -> None:
    if "wrong" in file.read_text(encoding="utf-8"):
        click.echo(f"error[LMP9999]: `{file.resolve()}` is wrong", err=True)
        raise SystemExit(1)
    click.echo("no mistakes")


PAGE = """# LMP9999: all wrong

Say right.

## Wrong

```lmp file=deep/program.lmp
wrong
```

```console
$ lmc check deep/program.lmp
error[LMP9999]: `deep/program.lmp` is wrong
[exit 1]
```

## Right

```lmp file=deep/program.lmp
right
```

```console
$ A=b lmc check deep/program.lmp
no mistakes
```
"""


def test_a_true_page_comes_out_as_it_went_in(tmp_path: Path) -> None:
    assert run_page(PAGE, fake, tmp_path) == Outcome(PAGE, ())


def test_a_page_that_lies_comes_out_as_it_should_be(tmp_path: Path) -> None:
    lies = PAGE.replace("no mistakes\n", "all is well\n[exit 3]\n").replace("[exit 1]\n", "")
    assert run_page(lies, fake, tmp_path).text == PAGE


def test_right_must_check_clean(tmp_path: Path) -> None:
    outcome = run_page(PAGE.replace("right\n", "wrong again\n"), fake, tmp_path)
    assert [message.splitlines()[0] for message in outcome.unclean] == [
        "deep/program.lmp under Right does not check clean:"
    ]


def test_right_starts_with_the_files_of_wrong(tmp_path: Path) -> None:
    run_page(PAGE.replace("## Wrong\n", "## Wrong\n\n```jsonl file=data.jsonl\n{}\n```\n"), fake, tmp_path)
    assert (tmp_path / "Right" / "data.jsonl").read_text(encoding="utf-8") == "{}\n"


def test_a_file_may_have_another_encoding(tmp_path: Path) -> None:
    run_page("## Wrong\n```text file=a encoding=latin-1\nä\n```\n", fake, tmp_path)
    assert (tmp_path / "Wrong" / "a").read_bytes() == b"\xe4\n"


def test_a_longer_fence_may_hold_a_shorter_one() -> None:
    (block,) = blocks("````text file=a.md\n```\ninner\n```\n````\n")
    assert (block.file, block.lines) == ("a.md", ("```", "inner", "```"))
