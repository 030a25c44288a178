"""The peers, installed in an environment of their own below LMC_HOME."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmc.store import home
from tests.benchmarks.cold import environment

REQUIREMENTS = ("dspy==3.4.1", "optuna", "numpy", "baml-py==0.226.3")
SCRIPTS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Peers:
    """The environment of the peers."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return self.program("python")

    def program(self, name: str) -> str:
        """A program of it."""
        place = "Scripts" if os.name == "nt" else "bin"
        return str(self.folder / place / name)

    def env(self) -> dict[str, str]:
        """What the peers are told: caches below the folder, no reports to anyone."""
        cache = str(self.folder / "cache")
        return {"DSPY_CACHEDIR": cache, "BAML_LOG": "off", "DO_NOT_TRACK": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}

    def ask(self, script: str, *arguments: object) -> Any:
        """What a script of `peers/` prints: JSON, on its last line. Raises RuntimeError."""
        command = [self.python, str(SCRIPTS / script), *map(str, arguments)]
        process = subprocess.run(command, env=environment(self.env()), capture_output=True, text=True)
        if process.returncode:
            raise RuntimeError(f"{script} ended with {process.returncode}: {process.stderr[-2000:]}")
        return json.loads(process.stdout.splitlines()[-1])


def installed() -> Peers:
    """The peers; the first time, they are installed (about a minute, 0.5 GB)."""
    peers = Peers(home() / "benchmark-peers")
    mark = peers.folder / "installed.json"
    wanted = json.dumps([*REQUIREMENTS, sys.version_info[:2]])
    if not mark.is_file() or mark.read_text() != wanted:
        print(f"installing the peers ({', '.join(REQUIREMENTS)}) into {peers.folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(peers.folder)], check=True)
        subprocess.run([peers.python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        mark.write_text(wanted)
    return peers
