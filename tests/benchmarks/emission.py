"""What building a large program takes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
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
    """`lmc build` of 200 signatures against `baml-cli generate` on the same; what they wrote before is removed first.
    With `examples`, each signature has a hand-written demonstration, and each function of BAML a test, the nearest
    thing there."""
    with TemporaryDirectory() as name:
        ours_at, peer_at = Path(name, "ours"), Path(name, "peer")
        ours_at.mkdir()
        (peer_at / "baml_src").mkdir(parents=True)
        (ours_at / "pyproject.toml").write_text("")
        (ours_at / "main.lmp").write_text(signatures(COUNT, examples))
        (peer_at / "baml_src" / "main.baml").write_text(functions(COUNT, examples))
        here, baml = {"PYTHONPATH": str(ROOT)}, peers.program("baml-cli")
        taken = measure(
            {
                "ours": Command((*LMC, "build", "main.lmp"), ours_at, here, remover(ours_at / "out")),
                "peer": Command((baml, "generate"), peer_at, peers.env(), remover(peer_at / "baml_client")),
            },
            ROUNDS,
        )
    ours, peer = taken["ours"], taken["peer"]
    kind = "signatures, a demonstration each (BAML: a test each)" if examples else "signatures"
    what = f"parse + check + emit of {COUNT} {kind}, cold process (n = {ROUNDS})"
    words, met = f"`baml-cli generate`: {peer}", ours.wall <= peer.wall
    return Figure(what, str(ours), "≤ BAML's time", words, peer.wall / ours.wall, met)


def remover(folder: Path) -> Callable[[], None]:
    """A function that removes the folder."""
    return lambda: shutil.rmtree(folder, ignore_errors=True)
