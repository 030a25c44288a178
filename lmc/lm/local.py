"""The embedded LM: a model's file, asked from any number of tasks at once."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from weakref import WeakSet

from lmc.lm.base import LMError, Reply, Request
from lmc.lm.llama import Llama
from lmc.lm.prefix import Stable, stable_part
from lmc.lm.problems import local_missing

FAST_SLOTS = 4
PATIENCE = 2.0
"""Seconds that closing waits for a call under way."""


@dataclass(frozen=True, slots=True)
class _Job:
    request: Request
    stable: Stable
    future: asyncio.Future[Reply]
    loop: asyncio.AbstractEventLoop

    @property
    def unwanted(self) -> bool:
        """Whether nobody waits any more."""
        return self.future.cancelled()

    def settle(self, outcome: Reply | BaseException) -> None:
        """Gives the outcome to who waits, from another thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self.loop.call_soon_threadsafe(_settle, self.future, outcome)

    def heard(self, piece: str) -> None:
        """Tells a piece of the reply to who listens, from another thread."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(_tell, self.future, self.request.listen, piece)


_OPEN: WeakSet[LocalLM] = WeakSet()
_THREADS: WeakSet[threading.Thread] = WeakSet()


def busy() -> bool:
    """Whether the model of any LocalLM is still at work. A process that ends meanwhile in the ordinary way waits for
    it; who cannot wait must leave with `os._exit`, since a thread that comes back from llama.cpp into an interpreter
    that is gone takes the process down ("FATAL: exception not rethrown")."""
    for lm in list(_OPEN):
        lm.abandon()
    return any(thread.is_alive() for thread in _THREADS)


def unfinished() -> bool:
    """Whether a model is at work, or was left before it could be closed: its own threads may then outlive the
    interpreter, and take a process down that ends in the ordinary way."""
    return busy() or any(lm.loaded for lm in list(_OPEN))


@atexit.register
def _wait() -> None:
    """Waits for the models at work; another Ctrl-C ends the process at once."""
    try:
        while busy():
            time.sleep(0.01)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)


INTERRUPTED = 130


class LocalLM:
    """The model in the GGUF file `path`, in this process; `context` and `threads` as llama.cpp has them (0 threads:
    one for each core that this process may use). Loaded when the first request comes.

    A reply depends on its request and the machine alone: one thread asks the model, one request after the other,
    those that share the constant part of their prompts together. `fast` gives that up: several requests share each
    batch, and the last bits of a reply depend on its company.

    Raises LMError: LMP0610 (no xllamacpp), LMP0614 (a file that cannot be loaded), LMP0611 and LMP0613 (requests)."""

    def __init__(
        self, path: Path, context: int = 8192, threads: int = 0, *, name: str | None = None, fast: bool = False
    ) -> None:
        if find_spec("xllamacpp") is None:
            raise LMError(local_missing())
        self._path = path
        self._context = context
        self._threads = threads or _cores()
        self._name = name or f"local/{path.stem}"
        self._fast = fast
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._workers: list[threading.Thread] = []
        self._llama: Llama | LMError | None = None
        self._loading = threading.Lock()

    async def __call__(self, request: Request) -> Reply:
        """The reply to one request. A cancelled call is not made, or ends at the next token."""
        loop = asyncio.get_running_loop()
        job = _Job(request, stable_part(request.body), loop.create_future(), loop)
        with self._changed:
            if self._closing:
                raise ValueError(f"{self._name} is closed")
            self._jobs.append(job)
            if len(self._workers) < (FAST_SLOTS if self._fast else 1):
                self._start()
            self._changed.notify()
        return await job.future

    async def close(self) -> None:
        """Ends the call under way at its next token and lets go of the model. A model that evaluates a long prompt
        cannot be stopped; after `PATIENCE` it is left to itself (see `busy`)."""
        self.abandon()
        workers, self._workers = self._workers, []
        end = time.monotonic() + PATIENCE
        while any(worker.is_alive() for worker in workers) and time.monotonic() < end:
            await asyncio.sleep(0.002)
        if isinstance(self._llama, Llama) and not any(worker.is_alive() for worker in workers):
            self._llama.close()
        self._llama = None

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._llama is not None

    def abandon(self) -> None:
        """Ends the calls under way at their next token, and takes no more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _start(self) -> None:
        # A daemon, so that Ctrl-C ends the process even while the model evaluates a long prompt.
        worker = threading.Thread(target=self._work, name="lmc local lm", daemon=True)
        self._workers.append(worker)
        _OPEN.add(self)
        _THREADS.add(worker)
        worker.start()

    def _work(self) -> None:
        last: Stable | None = None
        while (job := self._next(last)) is not None:
            last = job.stable
            try:
                job.settle(self._answer(job))
            except BaseException as error:
                job.settle(error)

    def _next(self, last: Stable | None) -> _Job | None:
        """The next job that somebody waits for: the first with the constant part of the one before, else the oldest.
        None when this LM is closed."""
        with self._changed:
            while True:
                if self._closing:
                    for job in self._jobs:
                        job.settle(asyncio.CancelledError())
                    self._jobs.clear()
                    return None
                while self._jobs and self._jobs[0].unwanted:
                    self._jobs.popleft()
                if self._jobs:
                    job = next((one for one in self._jobs if one.stable == last and not one.unwanted), self._jobs[0])
                    self._jobs.remove(job)
                    return job
                self._changed.wait()

    def _answer(self, job: _Job) -> Reply:
        llama = self._model()
        request = job.request

        def unwanted() -> bool:
            return job.unwanted or self._closing

        answer = llama.quick_reply if self._fast else llama.reply
        reply = answer(request.body, request.seed, unwanted, None if request.listen is None else job.heard)
        if self._closing:
            raise asyncio.CancelledError
        return reply

    def _model(self) -> Llama:
        with self._loading:
            if self._llama is None:
                slots = FAST_SLOTS if self._fast else 1
                try:
                    self._llama = Llama(self._path, self._name, self._context, self._threads, slots)
                except LMError as error:
                    self._llama = error
            if isinstance(self._llama, LMError):
                raise LMError(self._llama.diagnostic)
            return self._llama


def _settle(future: asyncio.Future[Reply], outcome: Reply | BaseException) -> None:
    if future.done():
        return
    if isinstance(outcome, asyncio.CancelledError):
        future.cancel()
    elif isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _tell(future: asyncio.Future[Reply], listen: Callable[[str], None] | None, piece: str) -> None:
    if listen is not None and not future.done():
        listen(piece)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
