"""Replies that are kept on disk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lmc.diagnostics import Diagnostic, Failure
from lmc.lm.base import LM, Reply, Request
from lmc.lm.problems import cache_set_aside, cache_unusable
from lmc.lm.recorder import fields_from, reply_from
from lmc.store import Exclusive, make_folder


@dataclass(slots=True)
class _Call:
    """A call under way, for those that ask for the same meanwhile."""

    ended: asyncio.Event
    reply: Reply | None = None
    error: Exception | None = None


class Cache:
    """Keeps the replies of `inner` in a database at `path`, by the key of their request, and gives them again, marked
    `cached`. The same request under way twice is asked once. A reply is in the file when it is returned; several
    processes may share the file.

    A cache is a convenience: a damaged file is set aside as `*.corrupt` and a fresh one begun, a full or read-only
    disk means that nothing is kept, and `warn` is told."""

    def __init__(self, inner: LM, path: Path, warn: Callable[[Diagnostic], None] = lambda _: None) -> None:
        self._inner = inner
        self._path = path
        self._warn = warn
        self._running: dict[str, _Call] = {}
        self._writable = True
        self._database: sqlite3.Connection | None = None
        self._open()

    async def __call__(self, request: Request) -> Reply:
        """The kept reply, else the one of `inner`."""
        key = request.key
        while True:
            if (held := self._get(key)) is not None:
                return held
            call = self._running.get(key)
            if call is None:
                return await self._ask(key, request)
            await call.ended.wait()
            if call.reply is not None:
                return replace(call.reply, cached=True)
            if call.error is not None:
                raise call.error
            # the one that asked was cancelled: whoever comes first asks again

    async def _ask(self, key: str, request: Request) -> Reply:
        call = self._running[key] = _Call(asyncio.Event())
        try:
            call.reply = await self._inner(request)
        except Exception as error:
            call.error = error
            raise
        finally:
            del self._running[key]
            call.ended.set()
        self._put(key, call.reply)
        return call.reply

    async def close(self) -> None:
        """Closes the database and `inner`."""
        if self._database is not None:
            self._database.close()
            self._database = None
        await self._inner.close()

    def _open(self) -> None:
        try:
            make_folder(self._path.parent)
            self._database = _connect(self._path)
        except Failure as failure:
            self._give_up(failure.diagnostic.message)
        except sqlite3.OperationalError as error:
            self._give_up(str(error))
        except sqlite3.DatabaseError:
            self._begin_afresh()

    def _get(self, key: str) -> Reply | None:
        if self._database is None:
            return None
        try:
            row = self._database.execute("select reply from replies where key = ?", (key,)).fetchone()
        except sqlite3.OperationalError:  # busy: as if it were not there
            return None
        except sqlite3.DatabaseError:
            self._begin_afresh()
            return None
        if row is None:
            return None
        try:
            held = reply_from(json.loads(row[0]))
        except (TypeError, ValueError):
            return None
        return None if held is None else replace(held, cached=True)

    def _put(self, key: str, reply: Reply) -> None:
        if self._database is None or not self._writable:
            return
        row = (key, json.dumps(fields_from(reply)))
        try:
            with self._database:
                self._database.execute("insert or replace into replies values (?, ?)", row)
        except sqlite3.OperationalError as error:
            self._writable = False
            self._warn(cache_unusable(self._path, str(error)))
        except sqlite3.DatabaseError:
            self._begin_afresh()

    def _begin_afresh(self) -> None:
        """Sets a damaged database aside, unless another process has done so already."""
        if self._database is not None:
            self._database.close()
            self._database = None
        lock = Exclusive(self._path.with_name(self._path.name + ".lock"))
        try:
            with lock:
                if not _sound(self._path):
                    aside = self._path.with_name(self._path.name + ".corrupt")
                    os.replace(self._path, aside)
                    for suffix in ("-wal", "-shm"):
                        self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                    self._warn(cache_set_aside(self._path, aside))
                self._database = _connect(self._path)
        except (OSError, Failure, sqlite3.Error) as error:
            self._give_up(str(error))

    def _give_up(self, reason: str) -> None:
        self._database = None
        self._warn(cache_unusable(self._path, reason))


def kept_reply(path: Path, request: Request) -> Reply | None:
    """The reply to a request that the database at `path` holds; it is only read, and made by nobody here."""
    if not path.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            row = database.execute("select reply from replies where key = ?", (request.key,)).fetchone()
        return None if row is None else reply_from(json.loads(row[0]))
    except (sqlite3.Error, TypeError, ValueError):
        return None


def _connect(path: Path) -> sqlite3.Connection:
    """The database, with its table. Raises sqlite3.Error."""
    database = sqlite3.connect(path, timeout=10.0, check_same_thread=False)
    try:
        database.execute("pragma journal_mode = wal")
        # In WAL mode this survives a killed process; only a power cut may lose the last replies.
        database.execute("pragma synchronous = normal")
        database.execute("create table if not exists replies (key text primary key, reply text not null) without rowid")
        database.commit()
        database.execute("select key from replies limit 1").fetchone()
    except BaseException:
        database.close()
        raise
    return database


def _sound(path: Path) -> bool:
    if not path.exists():
        return True
    with contextlib.closing(sqlite3.connect(path, timeout=10.0)) as database:
        try:
            return bool(database.execute("pragma quick_check(1)").fetchone() == ("ok",))
        except sqlite3.OperationalError:
            return True
        except sqlite3.DatabaseError:
            return False
