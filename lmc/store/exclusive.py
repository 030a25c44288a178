"""A lock that one process holds at a time and that dies with it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from types import TracebackType

from lmc.diagnostics import Failure
from lmc.store.files import make_folder
from lmc.store.problems import cannot_write

try:
    import fcntl
except ImportError:  # a platform without flock
    fcntl = None  # type: ignore[assignment]

# Far behind the digits of the process id, so that others can read those while Windows keeps the byte locked.
_LOCKED_BYTE = 1 << 20


class Exclusive:
    """The lock named by a file, which holds the id of the process that has it. The system lets go of the lock when the
    process ends, however it ends; the file stays and means nothing by itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, wait: bool = False, pause: float = 0.1) -> bool:
        """Takes the lock; False when another process has it. With `wait`, looks again every `pause` seconds until it is
        free. Raises Failure when the file cannot be made."""
        make_folder(self.path.parent)
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise Failure(cannot_write(self.path, error)) from None
        try:
            while not _lock(file):
                if not wait:
                    return False
                time.sleep(pause)
            self._file, file = file, -1
        finally:
            if file >= 0:
                os.close(file)
        with contextlib.suppress(OSError):  # a full disk takes the name of the holder, not the lock
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, str(os.getpid()).encode())
        return True

    @property
    def holder(self) -> int | None:
        """The id of the process that has the lock, as far as it can be told."""
        try:
            return int(self.path.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def release(self) -> None:
        """Lets go. Idempotent."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Exclusive:
        self.acquire(wait=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _lock(file: int) -> bool:
    """Whether the lock on an open file could be taken. A file system that has no locks counts as a yes."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True
    import importlib

    try:
        msvcrt = importlib.import_module("msvcrt")
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except ImportError:
        return True
    except OSError:
        return False
    return True
