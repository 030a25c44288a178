"""The walls of the house: layers, style, types, and what `check` may load."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def output_of(*command: str) -> str:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_layers_hold_and_nothing_imports_in_a_circle() -> None:
    output_of(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


def test_ruff_finds_nothing() -> None:
    output_of(sys.executable, "-m", "ruff", "check", ".")


def test_files_are_formatted() -> None:
    output_of(sys.executable, "-m", "ruff", "format", "--check", ".")


def test_types_hold() -> None:
    output_of(sys.executable, "-m", "mypy", "--no-error-summary")


def test_check_loads_nothing_heavy() -> None:
    heavy = ["litellm", "pydantic", "jinja2", "optuna", "xllamacpp", "asyncio", "urllib.request", "sqlite3"]
    script = (
        "import sys\n"
        "from lmc.cli.main import main\n"
        "try: main(['check', 'programs/quickstart/router.lmp'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    assert output_of(sys.executable, "-c", script).strip() == "[]"


def test_version_loads_no_compiler() -> None:
    script = (
        "import sys\n"
        "from lmc.cli.main import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('lark', 'lmc.elaborate', 'lmc.driver.build') if name in sys.modules])"
    )
    assert output_of(sys.executable, "-c", script).strip().endswith("[]")


def test_readme_program_is_the_quickstart() -> None:
    shown = re.search(r"```lmp\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    script = "import sys; from lmc.cli.main import main; main(['fmt', '-'])"
    formatted = subprocess.run(
        [sys.executable, "-c", script], input=shown.group(1), capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert formatted.stdout == (ROOT / "programs/quickstart/router.lmp").read_text()


def test_repository_holds_no_lock_of_a_package_manager_and_no_machine_path() -> None:
    files = output_of("git", "ls-files").splitlines()
    assert not [name for name in files if Path(name).name in ("uv.lock", "poetry.lock", "package-lock.json")]
    for name in files:
        path = ROOT / name
        if (
            path.suffix in (".py", ".md", ".lmp", ".toml", ".json", ".lark")
            and path.exists()
            and "data" not in path.parts
        ):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not re.search(r"(?<![\w.])/(?:home/\w|root/|work/|Users/\w)", text), name
