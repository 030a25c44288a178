"""The VS Code extension: what is packaged, what it does. Its bundle runs in node, with the real language client, which
talks to the real `lmc`; only the window is not there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.editor.node import EXTENSION, ROOT, client, node, node_modules

HERE = Path(__file__).parent
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the extension's folder with its packages."""
    folder = tmp_path_factory.mktemp("extension") / "vscode"
    shutil.copytree(EXTENSION, folder)
    (folder / "node_modules").symlink_to(node_modules())
    return folder


@pytest.fixture(scope="module")
def package(extension: Path) -> Path:
    """The `.vsix`, made as one that is published is."""
    path = extension / "lmp.vsix"
    script = node_modules() / "@vscode" / "vsce" / "vsce"
    environment = {**os.environ, "PATH": os.pathsep.join((str(node_modules() / ".bin"), os.environ["PATH"]))}
    command = [
        client("node"),
        str(script),
        "package",
        "--no-dependencies",
        "--allow-missing-repository",
        "-o",
        str(path),
    ]
    done = subprocess.run(command, cwd=extension, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr, done.stdout + done.stderr
    return path


@pytest.fixture(scope="module")
def bundle(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle out of the package."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder / "extension" / "dist" / "extension.js"


def test_the_source_is_typed(extension: Path) -> None:
    script = node_modules() / "typescript" / "bin" / "tsc"
    done = node(script, "--noEmit", "-p", str(extension / "jsconfig.json"))
    assert done.returncode == 0, done.stdout


def test_the_package_holds_what_is_needed_and_no_more(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = {name.removeprefix("extension/") for name in archive.namelist()}
        assert archive.getinfo("extension/dist/extension.js").file_size < 1_000_000
        grammar = archive.read("extension/syntaxes/lmp.tmLanguage.json")
    assert names == {
        "[Content_Types].xml",
        "extension.vsixmanifest",
        "package.json",
        "language-configuration.json",
        "dist/extension.js",
        "snippets/lmp.json",
        "syntaxes/lmp.tmLanguage.json",
        "syntaxes/lmp.markdown.tmLanguage.json",
        "readme.md",
        "changelog.md",
        "LICENSE.txt",
    }
    assert grammar == (EXTENSION / "syntaxes/lmp.tmLanguage.json").read_bytes()


def test_paths_of_the_manifest_exist_and_make_a_textmate_bundle_for_jetbrains() -> None:
    contributed = MANIFEST["contributes"]
    paths = [one["path"] for one in (*contributed["grammars"], *contributed["snippets"])]
    paths += [one["configuration"] for one in contributed["languages"]]
    for path in paths:
        json.loads((EXTENSION / path).read_text("utf-8"))
    (language,) = contributed["languages"]
    assert (language["id"], language["extensions"]) == ("lmp", [".lmp"])
    assert contributed["grammars"][0]["language"] == "lmp"
    assert contributed["grammars"][0]["scopeName"] == "source.lmp"
    assert (EXTENSION / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


# What it does


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of `lmc`: the table of the grammar is built once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    """A workspace with the quickstart in a folder with a space in its name, and `lmc` in its `.venv`."""
    shutil.copytree(ROOT / "programs" / "quickstart", tmp_path / "my program")
    lines = [
        "#!/bin/sh",
        f"export PYTHONPATH='{ROOT}' LMC_HOME='{home}'",
        f"exec '{sys.executable}' -m lmc \"$@\"",
    ]
    script = tmp_path / ".venv" / "bin" / "lmc"
    script.parent.mkdir(parents=True)
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return tmp_path


Play = Callable[[str], Any]


@pytest.fixture
def play(bundle: Path, project: Path) -> Play:
    """Plays a scene of `play.js`; what was seen."""

    def played(scene: str) -> Any:
        environment = {**os.environ, "PATH": "/usr/bin:/bin"}
        command = [client("node"), str(HERE / "play.js"), str(bundle), scene, str(project)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    return played


def words_of(line: str, project: Path) -> list[str]:
    """The words of a command line, as a shell gives them to the program."""
    script = project / ".venv" / "bin" / "lmc"
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"
    script.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{code}' \"$@\"\n")
    done = subprocess.run(["/bin/sh", "-c", line], cwd=project, capture_output=True, text=True)
    found: list[str] = json.loads(done.stdout)
    return found


def test_commands_are_command_lines_in_one_terminal(play: Play, project: Path) -> None:
    found = play("terminal")
    declared = {one["command"] for one in MANIFEST["contributes"]["commands"]}
    assert declared == {f"lmc.{name}" for name in ("build", "run", "test", "openPrompt", "preview", "restart")}
    assert declared <= set(found["registered"])
    seen = found["seen"]
    assert [one for one in seen if one[0] == "terminal"] == [["terminal", f"lmc: {project.name}", str(project)]]
    assert [one for one in seen if one[0] in ("input", "pick")] == [
        ["input", "text: str"],
        ["pick", ["Router", "Other"]],
    ]
    program = "my program/router.lmp"
    assert [(one[0], words_of(one[1], project)) for one in seen if one[0] in ("run", "typed")] == [
        ("run", ["build", program]),
        ("run", ["test", program, "-k", "it's a test"]),
        ("run", ["run", program, "--module", "Router", "-i", 'text=it\'s "so" $HOME `x`']),
        ("run", ["run", program, "--module", "Other"]),
        ("typed", ["run", program, "-i"]),
    ]
    assert ["saved", "router.lmp"] in seen


def test_prompts_are_opened_as_they_were_built_and_shown_as_they_become(play: Play, project: Path) -> None:
    found = play("prompts")
    page = str(project / "my program" / "out" / "prompts" / "Router.r.md")
    assert found["opened"][:2] == [["opened", page], ["opened", page]]
    assert found["opened"][2][:2] == ["command", "markdown.showPreviewToSide"]
    assert found["shown"] == "/Router.r.md"
    assert "Classify the intent of the request." in found["before"]
    assert "Name the intent of the request." in found["after"]
    assert found["again"] == found["after"], "after a restart of the server"


def test_the_status_says_fresh_stale_or_how_many_mistakes(play: Play) -> None:
    found = play("status")
    assert found["texts"] == ["$(check) lmc: fresh", "$(history) lmc: stale", "$(error) lmc: 1"]
    with_preview, in_another_file, closed = [True, True], [False, False], [False, False]
    assert found["shown"] == [with_preview, in_another_file, closed]
    assert "Rout" in found["message"]


def test_nothing_runs_in_a_workspace_that_is_not_trusted(play: Play) -> None:
    found = play("untrusted")
    assert found["before"] == [["warning", "lmc runs in trusted workspaces only."]]
    before, after = found["answers"]
    assert "does not run" in before
    assert "Classify" in after


def test_a_missing_lmc_is_said_with_what_to_do(play: Play, project: Path) -> None:
    shutil.rmtree(project / ".venv")
    first, second, third = play("missing")
    assert first[0] == third[0] == "error"
    assert "pip install 'lmc[editor]'" in first[1]
    assert second == ["command", "workbench.action.openSettings", "lmc.path"]


QUOTES = """
const { quote, commandLine } = require(process.argv[2]);
const words = ["lmc", "a b", "it's", 'say "x"', "%PATH%", "c:\\\\x y\\\\"];
console.log(JSON.stringify(["/bin/zsh", "C:\\\\pwsh.exe", "C:\\\\Windows\\\\cmd.exe", "/usr/bin/fish"].map(
  (shell) => words.map((word) => quote(word, shell)))));
console.log(JSON.stringify(commandLine(["C:\\\\a b\\\\lmc.exe", "build"], "powershell.exe")));
"""


def test_words_are_quoted_as_each_shell_reads_them(tmp_path: Path) -> None:
    (tmp_path / "quotes.js").write_text(QUOTES)
    done = node(tmp_path / "quotes.js", str(EXTENSION / "src" / "command.js"))
    quoted, powershell = map(json.loads, done.stdout.splitlines())
    posix, pwsh, cmd, fish = quoted
    assert posix == ["lmc", "'a b'", "'it'\\''s'", "'say \"x\"'", "'%PATH%'", "'c:\\x y\\'"]
    assert pwsh == ["lmc", "'a b'", "'it''s'", "'say \"x\"'", "'%PATH%'", "'c:\\x y\\'"]
    assert cmd[:2] == ["lmc", '^"a b^"']
    assert cmd[3:] == ['^"say \\^"x\\^"^"', '^"^%PATH^%^"', '^"c:\\x y\\\\^"']
    assert fish == ["lmc", "'a b'", "'it\\'s'", "'say \"x\"'", "'%PATH%'", "'c:\\\\x y\\\\'"]
    assert powershell == "& 'C:\\a b\\lmc.exe' build"
