"""A bar for downloads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def download_bar(name: str) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    shown = False

    def show(what: str, done: int, total: int) -> None:
        nonlocal shown
        shown = True
        filled = 30 * done // total if total else 0
        amount = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else ""
        sys.stderr.write(f"\r{name}: {what:<11} [{'#' * filled}{'-' * (30 - filled)}] {amount}\x1b[K")
        sys.stderr.flush()

    try:
        yield show
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def fetch_models(references: list[str]) -> None:
    """Fetches the local models among the LMs that are not on this machine yet, with a bar. Raises Failure."""
    names = [one.removeprefix("local/") for one in references if one.startswith("local/")]
    if not names:
        return
    from lmc.diagnostics import Failure
    from lmc.lm.models import find, locate, registered
    from lmc.lm.problems import local_missing

    for name in dict.fromkeys(names):
        if find(name) is None:
            if find_spec("xllamacpp") is None:
                raise Failure(local_missing())
            if registered(name):
                sys.stderr.write(f"fetching the model {name}, once\n")
            with download_bar(name) as progress:
                locate(name, progress)
