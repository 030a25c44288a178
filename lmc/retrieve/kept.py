"""Search indexes that are kept on disk, by the hash of what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from lmc.diagnostics import Diagnostic, Failure
from lmc.retrieve.problems import index_damaged, index_not_kept
from lmc.store import Exclusive, make_folder

Value = TypeVar("Value")

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    """A value that is kept in files of the folder `path`, which is written beside its place and then renamed, with the
    SHA-256 of each file. `load` reads it and may raise OSError, ValueError or LookupError; `save` writes it. A damaged
    folder counts as none, and `warn` is told; so it is when the value cannot be kept."""

    path: Path
    load: Callable[[Path], Value]
    save: Callable[[Value, Path], None]
    warn: Callable[[Diagnostic], None]

    def find(self) -> Value | None:
        """The kept value."""
        if not is_whole(self.path):
            return None
        try:
            return self.load(self.path)
        except (OSError, ValueError, LookupError):
            return None

    def keep(self, value: Value) -> None:
        """Keeps the value, unless another process has done so."""
        try:
            with self._turn():
                if self.find() is None:
                    self._write(value)
        except (OSError, Failure) as error:
            self._complain(error)

    def find_or_make(self, make: Callable[[], Value]) -> Value:
        """The kept value, else the one made and kept; of several processes one makes it and the others wait."""
        if (found := self.find()) is not None:
            return found
        turn = self._turn()
        try:
            turn.acquire(wait=True)
        except Failure as error:
            self._complain(error)
            return make()
        try:
            if (found := self.find()) is not None:
                return found
            value = make()
            try:
                self._write(value)
            except (OSError, Failure) as error:
                self._complain(error)
            return value
        finally:
            turn.release()

    def _turn(self) -> Exclusive:
        return Exclusive(self.path.with_name(self.path.name + ".lock"))

    def _write(self, value: Value) -> None:
        if self.path.exists():
            self.warn(index_damaged(self.path))
            shutil.rmtree(self.path)
        beside = self.path.with_name(f".{self.path.name}.tmp")
        with suppress(FileNotFoundError):  # what a killed process left
            shutil.rmtree(beside)
        try:
            self.save(value, make_folder(beside))
            (beside / MANIFEST).write_text(json.dumps(sums(beside), indent=2, sort_keys=True), "utf-8")
            os.replace(beside, self.path)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise

    def _complain(self, error: OSError | Failure) -> None:
        reason = error.diagnostic.message if isinstance(error, Failure) else str(error.strerror or error)
        self.warn(index_not_kept(self.path, reason))


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 (hex) of each file of a folder but its manifest, by name."""
    files = (file for file in folder.iterdir() if file.name != MANIFEST)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def is_whole(folder: Path) -> bool:
    """Whether the files of a folder are those that its manifest names, to the byte."""
    try:
        return bool(json.loads((folder / MANIFEST).read_text("utf-8")) == sums(folder))
    except (OSError, ValueError):
        return False
