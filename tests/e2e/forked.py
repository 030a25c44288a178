"""Commands forked off a process that has imported litellm already, which takes a fresh one seconds.

Each is a process of its own all the same: with its own folder, environment, signals, output and exit code, and it ends
as an interpreter ends, which the children of `multiprocessing`'s fork server do not."""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any


class Forked:
    """A command that runs; what tests use of `subprocess.Popen`. It writes into files, which never keep it waiting."""

    def __init__(self, parent: socket.socket, out: IO[bytes], err: IO[bytes], stdin: int) -> None:
        self._parent = parent
        self._files = (out, err)
        self._stdin = stdin
        self.pid = int(_line(parent))
        self.returncode: int | None = None

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._parent.close()
        for file in self._files:
            file.close()

    def send_signal(self, which: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, which)

    def kill(self) -> None:
        """Ends it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, data: bytes = b"", timeout: float | None = None) -> tuple[bytes, bytes]:
        """Waits for its end; what it said."""
        with open(self._stdin, "wb") as stdin:
            stdin.write(data)
        self._parent.settimeout(timeout)
        self.returncode = int(_line(self._parent))
        out, err = self._files
        out.seek(0)
        err.seek(0)
        return out.read(), err.read()


class Parent:
    """The process that commands are forked off. It listens in a folder whose path is short, as that of a socket must
    be."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lmc")
        self._path = str(Path(self._folder.name) / "parent")
        self._process = subprocess.Popen([sys.executable, __file__, self._path])

    def start(self, args: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> Forked:
        """Starts `lmc` with these arguments."""
        connection = socket.socket(socket.AF_UNIX)
        connected = False
        while not connected:
            assert self._process.poll() is None
            try:
                connection.connect(self._path)
                connected = True
            except OSError:  # it is not there yet
                time.sleep(0.05)
        reader, writer = os.pipe()
        out, err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115 (the command has them open)
        told = json.dumps({"args": args, "folder": str(folder), "env": dict(env)}).encode() + b"\n"
        socket.send_fds(connection, [told], [reader, out.fileno(), err.fileno()])
        os.close(reader)
        return Forked(connection, out, err, writer)

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def _line(connection: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\n"):
        piece = connection.recv(4096)
        assert piece, "the parent of commands is gone"
        found += piece
    return found


def _serve(path: str) -> dict[str, Any]:
    """Forks for whoever connects. Returns in each command's own process, with what it was asked for."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    while True:
        connection, _ = listener.accept()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if os.fork():
            connection.close()
            continue
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        told, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 3)
        while not told.endswith(b"\n"):
            told += connection.recv(1 << 20)
        command = os.fork()
        if not command:
            connection.close()
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
                os.close(descriptor)
            asked: dict[str, Any] = json.loads(told)
            return asked
        connection.sendall(b"%d\n" % command)
        _, status = os.waitpid(command, 0)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)


if __name__ == "__main__":
    sys.path[0] = os.getcwd()

    from lmc.lm.remote import listed_price

    listed_price("openai/none")  # imports litellm as every command does
    asked = _serve(sys.argv[1])
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv[:] = ["lmc", *asked["args"]]
    runpy.run_module("lmc", run_name="__main__", alter_sys=True)
