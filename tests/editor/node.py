"""Clients that run on node: what `grammar/vscode/package.json` asks for, installed once, outside the repository."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from functools import cache
from pathlib import Path

import platformdirs
import pytest

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "grammar" / "vscode"
PATIENCE = 300
"""Seconds to wait for an installation that another process has begun."""


def unavailable(reason: str) -> None:
    """Skips a test whose client is missing, or fails it where clients are required."""
    if os.environ.get("LMC_TEST_CLIENTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def client(name: str) -> str:
    """The path of a program that must be there."""
    found = shutil.which(name)
    if found is None:
        unavailable(f"there is no `{name}` here")
    return found or ""


@cache
def installed() -> Path | str:
    """The folder with `node_modules`, or why there is none."""
    packages = json.loads((EXTENSION / "package.json").read_text("utf-8"))["devDependencies"]
    key = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()[:16]
    folder = platformdirs.user_cache_path("lmc-tests") / f"node-{key}"
    if (folder / "node_modules").is_dir():
        return folder
    claim = folder.with_name(f"{folder.name}.claim")
    claim.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            claim.mkdir()
            break
        except FileExistsError:
            if time.time() - claim.stat().st_mtime > PATIENCE:
                return f"{claim} is left of an installation that ended early: remove it"
            time.sleep(0.5)
            if (folder / "node_modules").is_dir():
                return folder
    beside = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        if (folder / "node_modules").is_dir():
            return folder
        beside.mkdir()
        (beside / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}))
        options = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefer-offline")
        done = subprocess.run(["npm", "install", *options], cwd=beside, capture_output=True, text=True)
        if done.returncode:
            return f"npm cannot install the clients: {done.stderr[-2000:]}"
        beside.rename(folder)
        return folder
    finally:
        claim.rmdir()
        shutil.rmtree(beside, ignore_errors=True)


def node_modules() -> Path:
    """The folder `node_modules`; skips where it cannot be had."""
    client("node")
    client("npm")
    found = installed()
    if isinstance(found, str):
        unavailable(found)
    return Path(found) / "node_modules"


def node(script: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a script, which finds the packages."""
    environment = {**os.environ, "NODE_PATH": str(node_modules())}
    return subprocess.run(
        [client("node"), str(script), *arguments], env=environment, input=stdin, capture_output=True, text=True
    )
