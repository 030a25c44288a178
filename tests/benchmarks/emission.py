"""What building a large program takes."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.cold import Command, measure
from tests.benchmarks.environment import Peers
from tests.benchmarks.figure import Figure
from tests.benchmarks.programs import functions, signatures
from tests.benchmarks.startup import LMC, ROOT

COUNT = 200
ROUNDS = 7


def emit(peers: Peers, examples: bool) -> Figure:
    """`lmc build` of 200 signatures against `baml-cli generate` on the same; what they wrote before is removed first. With `examples`, each
    signature has a hand-written demonstration, and each function of BAML a test, the nearest thing there."""
    with TemporaryDirectory() as name:
        ours_at, peer_at = Path(name, "ours"), Path(name, "peer")
        ours_at.mkdir()
        (peer_at / "baml_src").mkdir(parents=True)
        (ours_at / "pyproject.toml").write_text("")
        (ours_at / "main.lmp").write_text(signatures(COUNT, examples))
        (peer_at / "baml_src" / "main.baml").write_text(functions(COUNT, examples))
        taken = measure(
            {
                "ours": Command((*LMC, "build", "main.lmp"), ours_at, {"PYTHONPATH": str(ROOT)}, remover(ours_at / "out")),
                "peer": Command(
                    (peers.program("baml-cli"), "generate"), peer_at, peers.env(), remover(peer_at / "baml_client")
                ),
            },
            ROUNDS,
        )
    ours, peer = taken["ours"], taken["peer"]
    kind = "signatures, a demonstration each (BAML: a test each)" if examples else "signatures"
    what = f"parse + check + emit of {COUNT} {kind}, cold process (n = {ROUNDS})"
    return Figure(what, str(ours), "≤ BAML's time", f"`baml-cli generate`: {peer}", peer.wall / ours.wall, ours.wall <= peer.wall)


def remover(folder: Path) -> object:
    """A function that removes the folder."""
    return lambda: shutil.rmtree(folder, ignore_errors=True)
