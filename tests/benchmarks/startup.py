"""What starting takes: `lmc check`, and the import of an emitted module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from lmc.backends.python import Python
from lmc.diagnostics import Sink
from lmc.driver.load import load
from lmc.passes import simplify
from tests.benchmarks.cold import Command, environment, measure
from tests.benchmarks.environment import Peers
from tests.benchmarks.figure import Figure
from tests.benchmarks.programs import functions

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "programs" / "quickstart" / "router.lmp"
ROUNDS = 15
LMC = (sys.executable, "-c", "from lmc.cli.main import main; main()")
"""What the program `lmc` does, for the interpreter that measures."""


def check(peers: Peers) -> Figure:
    """`lmc check` on the quickstart, against the import of DSPy."""
    taken = measure(
        {
            "bare": Command((sys.executable, "-c", "pass"), ROOT),
            "ours": Command((*LMC, "check", str(QUICKSTART)), ROOT),
            "peer bare": Command((peers.python, "-c", "pass")),
            "peer": Command((peers.python, "-c", "import dspy"), env=peers.env()),
        },
        ROUNDS,
    )
    ours, peer = taken["ours"] - taken["bare"], taken["peer"] - taken["peer bare"]
    what = f"`lmc check` on the quickstart, cold process, over bare `python -c pass` (n = {ROUNDS})"
    return Figure(what, f"+{ours}", "≤ +150 ms", f"`import dspy`: +{peer}", peer.wall / ours.wall, ours.wall <= 150)


def import_emitted(peers: Peers) -> Figure:
    """The import of the quickstart's emitted module, against that of a client that BAML generates for one function."""
    with TemporaryDirectory() as name:
        ours_at, peer_at = Path(name, "ours"), Path(name, "peer")
        ours_at.mkdir()
        (ours_at / "router.py").write_bytes(emitted())
        baml_client(peers, peer_at, 1)
        taken = measure(
            {
                "bare": Command((sys.executable, "-c", "pass"), ours_at),
                "ours": Command((sys.executable, "-c", "import router"), ours_at),
                "peer bare": Command((peers.python, "-c", "pass"), peer_at),
                "peer": Command((peers.python, "-c", "from baml_client.sync_client import b"), peer_at, peers.env()),
            },
            ROUNDS,
        )
        others = third_party(ours_at)
    ours, peer = taken["ours"] - taken["bare"], taken["peer"] - taken["peer bare"]
    what = f"import of an emitted module, over bare Python (n = {ROUNDS})"
    loaded = f"+{ours}; third-party modules loaded: {', '.join(others) or 'none'}"
    met = ours.wall <= 10 and not others
    words = f"BAML's client of 1 function: +{peer}"
    return Figure(what, loaded, "≤ +10 ms, no third-party module", words, peer.wall / ours.wall, met)


def emitted() -> bytes:
    """The quickstart's module: the one in the repository, else as it would be emitted untuned."""
    held = QUICKSTART.parent / "out" / "python" / "router.py"
    if held.is_file():
        return held.read_bytes()
    program, sink = load(QUICKSTART).program, Sink()
    assert program is not None
    return Python().emit(simplify(program), QUICKSTART.name, sink)[PurePosixPath("python", "router.py")]


def third_party(folder: Path) -> list[str]:
    """The modules outside the standard library that importing the module loads."""
    script = (
        "import sys; before = set(sys.modules); import router; new = set(sys.modules) - before - {'router'}\n"
        "print(*sorted({name.split('.')[0] for name in new} - set(sys.stdlib_module_names)))"
    )
    command = [sys.executable, "-c", script]
    process = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    return process.stdout.split()


def baml_client(peers: Peers, folder: Path, count: int) -> None:
    """A BAML project of so many functions, with its generated client."""
    (folder / "baml_src").mkdir(parents=True)
    (folder / "baml_src" / "main.baml").write_text(functions(count))
    command = [peers.program("baml-cli"), "generate"]
    subprocess.run(command, cwd=folder, env=environment(peers.env()), capture_output=True, check=True)
