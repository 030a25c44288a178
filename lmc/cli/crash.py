"""What is left of a bug of lmc: a file with the traceback, and the words that point to it."""

from __future__ import annotations

import os
import traceback
from datetime import datetime
from pathlib import Path

from lmc.cli import problems
from lmc.store.home import home

_DOOR = str(Path(__file__).with_name("door.py"))


def crash(error: BaseException, cause: BaseException) -> str:
    """Writes the traceback of `error` to a file under `LMC_HOME`; what to print of `cause`, the bug within it."""
    frames = [frame for frame in traceback.extract_tb(cause.__traceback__) if frame.filename != _DOOR]
    inside = [frame for frame in frames if f"{os.sep}lmc{os.sep}" in frame.filename] or frames
    where = (
        f"{_short(inside[-1].filename)}:{inside[-1].lineno} in `{inside[-1].name}`" if inside else "an unknown place"
    )
    text = _without_secrets("".join(traceback.format_exception(error)))
    path = _write_crash(text)
    written = f"the traceback is in {path}" if path else "the traceback could not be written"
    return problems.internal_error(type(cause).__name__, where, written)


def _short(filename: str) -> str:
    """The path from the package folder on."""
    parts = Path(filename).parts
    found = [index for index, part in enumerate(parts) if part == "lmc"]
    return "/".join(parts[found[-1] :]) if found else parts[-1]


def _without_secrets(text: str) -> str:
    """The text without the value of any environment variable that may hold a secret."""
    for name, value in os.environ.items():
        if len(value) >= 8 and any(word in name.upper() for word in ("KEY", "TOKEN", "SECRET", "PASSWORD")):
            text = text.replace(value, f"${name}")
    return text


def _write_crash(text: str) -> Path | None:
    path = home() / f"crash-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path
