"""An append-only record of what a build has done, from which a killed one goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from lmc.diagnostics import Diagnostic, Failure
from lmc.store.exclusive import Exclusive
from lmc.store.files import make_folder
from lmc.store.problems import cannot_read, cannot_write, journal_in_use, journal_line_unreadable

Event: TypeAlias = dict[str, Any]
"""One line of a journal: a JSON object. Never mutated."""


class Journal:
    """The journal at `path`, opened by this process alone; a new one is made when there is none. What a killed process
    wrote of its last line is cut off. A line that cannot be read for another reason is passed over, with a warning in
    `warnings`. Raises Failure: LMP0540 when another process has it open, LMP08xx when it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        make_folder(path.parent)
        self._exclusive = Exclusive(path.with_name(path.name + ".lock"))
        if not self._exclusive.acquire():
            raise Failure(journal_in_use(path, self._exclusive.holder))
        self._file: int | None = None
        try:
            self._events, self.warnings, self._size = _load(path)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, 0, os.SEEK_END)
        except OSError as error:
            self.close()
            raise Failure(cannot_write(path, error)) from None
        except BaseException:
            self.close()
            raise

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event, the oldest first: those that were there and those appended since."""
        return tuple(self._events)

    def append(self, event: Event) -> None:
        """Writes one event. When this returns, the system has the line: killing the process loses nothing of it. Raises
        Failure when the disk is full, and then the journal is as it was."""
        if self._file is None:
            raise ValueError(f"the journal {self.path} is closed")
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
            raise Failure(cannot_write(self.path, error)) from None
        self._size += len(line)
        self._events.append(event)

    def restart(self) -> None:
        """Forgets every event and begins anew."""
        if self._file is None:
            raise ValueError(f"the journal {self.path} is closed")
        try:
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
        except OSError as error:
            raise Failure(cannot_write(self.path, error)) from None
        self._size, self._events = 0, []

    def close(self) -> None:
        """Lets go of the file. Idempotent."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._exclusive.release()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def read_events(path: Path) -> tuple[tuple[Event, ...], tuple[Diagnostic, ...]]:
    """The events of a journal that is only read, and warnings of lines that are none. Raises Failure (LMP0802)."""
    if not path.exists():
        raise Failure(cannot_read(path, FileNotFoundError(2, "no such file")))
    events, warnings, _ = _load(path)
    return tuple(events), warnings


def _load(path: Path) -> tuple[list[Event], tuple[Diagnostic, ...], int]:
    """The events, warnings, and how many bytes of the file are whole lines."""
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise Failure(cannot_read(path, error)) from None
    size = data.rfind(b"\n") + 1
    events: list[Event] = []
    warnings: list[Diagnostic] = []
    for number, line in enumerate(data[:size].split(b"\n")[:-1], 1):
        event = _event(line)
        if event is not None:
            events.append(event)
        elif line.strip():
            warnings.append(journal_line_unreadable(path, number))
    return events, tuple(warnings), size


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
