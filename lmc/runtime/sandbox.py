"""Runs code that a language model wrote, in a process that can do nothing but compute."""

from __future__ import annotations

from typing import Any

from lmc.runtime.confine import (
    close_imports,
    drop_capabilities,
    enter_namespaces,
    error_text,
    find_gap,
    forbid_files,
    install_filter,
    lock_up,
    open_output,
    own_memory,
    run_confined,
    run_source,
    set_limits,
    set_process,
)

SANDBOX_MODULES = (
    "__future__ _strptime abc array ast base64 binascii bisect calendar cmath collections collections.abc contextlib "
    "copy dataclasses datetime decimal difflib enum fractions functools graphlib hashlib heapq html io itertools json "
    "keyword math numbers operator os pprint random re secrets statistics string struct sys textwrap time traceback "
    "types typing unicodedata uuid warnings weakref zlib encodings.ascii encodings.cp1252 "
    "encodings.latin_1 encodings.unicode_escape encodings.utf_16 encodings.utf_32 encodings.utf_8_sig"
)
"""The modules that the code can import: they are loaded before it is locked in, since it cannot read files."""

SANDBOX_CALLS = {
    "x86_64": {
        "arch": 0xC000003E, "capset": 126, "read": 0, "write": 1, "mmap": 9, "mprotect": 10,
        "free": "11 12 13 14 15 24 25 28 35 39 60 96 102 104 107 108 110 131 186 201 202 219 228 229 230 231 318",
    },
    "aarch64": {
        "arch": 0xC00000B7, "capset": 91, "read": 63, "write": 64, "mmap": 222, "mprotect": 226,
        "free": "93 94 98 101 113 114 115 124 128 132 134 135 139 169 172 173 174 175 176 177 178 214 215 216 233 278",
    },
}  # fmt: skip
"""The system calls that the code may make, by the kernel's name of the machine. `free` of conditions, in the order of
their numbers, are munmap, brk, mremap, madvise; rt_sigaction, rt_sigprocmask, rt_sigreturn, sigaltstack; futex,
sched_yield, restart_syscall, nanosleep, clock_nanosleep; clock_gettime, clock_getres, gettimeofday, time; getpid,
getppid, gettid and the user and group; getrandom; exit, exit_group."""

SANDBOX_START = 30.0
"""The seconds that the process has to lock itself up, which takes about 0.05."""

SANDBOX_BOOT = (
    "import marshal, sys, types\n"
    "entry, codes, settings = marshal.loads(bytes.fromhex(sys.argv[1]))\n"
    "names = {'__builtins__': __builtins__}\n"
    "names.update((name, types.FunctionType(code, names)) for name, code in codes.items())\n"
    "names[entry](settings)\n"
)
"""What the process starts with: takes the functions of `lmc.runtime.confine` from its command line."""


class SandboxUnavailable(RuntimeError):
    """There is no sandbox here, so the code was not run; the message says what is missing."""


def run_code(code: str, seconds: float = 5.0, memory_mb: int = 256, output_bytes: int = 10_000) -> dict[str, Any]:
    """Runs Python code that nobody has read: `output`, what it printed, without line breaks at the end, and `error`,
    what went wrong, else None. Where the last statement is an expression and nothing was printed, the output is its
    value as `str` gives it, unless that is None.

    An error that the code raises is told with the lines of the code that led to it. Code that takes longer than
    `seconds` (on the clock), or that writes more than `output_bytes`, is killed, and what it wrote before counts as its
    output; more memory than `memory_mb` MiB (above the interpreter's own) ends in the code's MemoryError.

    **What holds.** The code runs in a fresh interpreter (same Python, no site packages), which gets neither the
    environment nor a descriptor but three pipes. Before it has seen a byte of the code, it has the kernel refuse, for
    good, every system call that is not in `SANDBOX_CALLS`, and has shown that it does: reading is left on fd 0, writing
    on fd 1 and 2, memory that is not executable, the clock, random numbers, its own end. So no file can be read,
    written or listed, no socket opened, no process or thread started, none signalled or looked into, and no machine
    code loaded, whatever the code does to the interpreter, with native code too: the lock is the kernel's
    (`seccomp(2)`), not Python's. Namespaces, Landlock, dropped capabilities and resource limits stand behind it where
    the kernel has them. The process is gone when this function returns, raises or is interrupted, and dies with its
    parent.

    **What does not hold.** The code can use one processor for `seconds`. It sees the time, its process and user
    numbers, and Python's version and paths. It is free to lie about its own outcome: `output` and `error` are texts
    that it chose, to be read as such. A fault in the kernel's few remaining calls, or in the processor (side channels),
    is not guarded against.

    Raises SandboxUnavailable, without running the code, where this cannot be had: outside of Linux on x86_64 and
    aarch64, without ctypes, or where the kernel refuses a filter."""
    import codecs

    process = start_sandbox(memory_mb, seconds)
    try:
        _, said, problem = converse(process, None, SANDBOX_START, 1 << 16)
        require_lock(said, problem)
        written, said, problem = converse(process, code.encode("utf-8", "surrogatepass"), seconds, output_bytes)
        # A character that the limit cuts in two is left out; other bytes that are no text are shown as such.
        text = codecs.getincrementaldecoder("utf-8")("replace").decode(written, final=problem is None)
        error = problem or outcome(said, process.wait())
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
    return {"output": text.rstrip("\n"), "error": error}


def start_sandbox(memory_mb: int, seconds: float) -> Any:
    """The process, on its way to lock itself up. Raises SandboxUnavailable."""
    import marshal
    import os
    import subprocess
    import sys

    functions = (
        run_confined,
        lock_up,
        own_memory,
        enter_namespaces,
        forbid_files,
        drop_capabilities,
        set_limits,
        set_process,
        install_filter,
        find_gap,
        close_imports,
        open_output,
        run_source,
        error_text,
    )
    codes = {one.__name__: one.__code__ for one in functions}
    settings = confinement(sys.platform, os.uname().machine if hasattr(os, "uname") else "", memory_mb, seconds)
    if not sys.executable:
        raise SandboxUnavailable("no sandbox for code: the path of the Python interpreter is not known")
    payload = marshal.dumps((run_confined.__name__, codes, settings)).hex()
    # The loader needs this one to find libpython in some installations; the process forgets it before the code comes.
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    flags = ["-I", "-S", "-B", "-X", "utf8", "-W", "ignore"]
    try:
        return subprocess.Popen(
            [sys.executable, *flags, "-c", SANDBOX_BOOT, payload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxUnavailable(f"no sandbox for code: its process cannot be started: {error}") from None


def confinement(platform: str, machine: str, memory_mb: int, seconds: float) -> dict[str, Any]:
    """What the process must know to lock itself up, for a platform and a machine as Python names them. Raises
    SandboxUnavailable."""
    import math
    import os
    import sys

    if platform != "linux":
        raise SandboxUnavailable(f"no sandbox for code: it needs Linux, and this is {platform}")
    calls = SANDBOX_CALLS.get(machine)
    if calls is None or sys.maxsize < 2**32:
        known = " or ".join(SANDBOX_CALLS)
        raise SandboxUnavailable(f"no sandbox for code: it needs a 64-bit Python on {known}, and this is {machine}")
    return {
        "modules": tuple(SANDBOX_MODULES.split()),
        "filter": seccomp_filter(calls),
        "capset": calls["capset"],
        "memory": memory_mb << 20,
        "cpu": math.ceil(seconds) + 1,
        "parent": os.getpid(),
    }


def seccomp_filter(calls: dict[str, Any]) -> bytes:
    """The program by which the kernel judges each system call, in classic BPF over `struct seccomp_data`
    (`seccomp(2)`): kills the process for a call of another architecture, allows what is listed, and answers EPERM to
    the rest, to the calls of the x32 ABI too, whose numbers are in no list."""
    import struct

    load, equal, any_bit, more, give = 0x20, 0x15, 0x45, 0x25, 0x06
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    number, arch, first, third = 0, 4, 16, 32
    program = [(load, 0, 0, arch), (equal, 1, 0, calls["arch"]), (give, 0, 0, kill), (load, 0, 0, number)]
    for call in calls["free"].split():
        program += [(equal, 0, 1, int(call)), (give, 0, 0, allow)]
    # Reading from fd 0 alone; writing to fd 1 and 2: above 0, not above 2.
    program += [(equal, 0, 4, calls["read"]), (load, 0, 0, first)]
    program += [(equal, 0, 1, 0), (give, 0, 0, allow), (give, 0, 0, refuse)]
    program += [(equal, 0, 5, calls["write"]), (load, 0, 0, first)]
    program += [(equal, 2, 0, 0), (more, 1, 0, 2), (give, 0, 0, allow), (give, 0, 0, refuse)]
    for call in (calls["mmap"], calls["mprotect"]):
        # The third argument holds the protection, where 4 is PROT_EXEC.
        program += [(equal, 0, 4, call), (load, 0, 0, third)]
        program += [(any_bit, 1, 0, 4), (give, 0, 0, allow), (give, 0, 0, refuse)]
    program += [(give, 0, 0, refuse)]
    return b"".join(struct.pack("=HBBI", *one) for one in program)


def converse(process: Any, sent: bytes | None, seconds: float, most: int) -> tuple[bytes, bytes, str | None]:
    """Sends what the process shall read, if anything, and listens: what it wrote as output and as report, and why it
    must be killed, if it must. Listens for one line of report where nothing is sent, else until the process ends."""
    import os
    import selectors
    import time

    deadline = time.monotonic() + seconds
    heard = {process.stdout: b"", process.stderr: b""}
    with selectors.DefaultSelector() as selector:
        for stream in heard:
            selector.register(stream, selectors.EVENT_READ)
        if sent is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        problem = None
        while problem is None and any(one in selector.get_map() for one in heard):
            if sent is None and heard[process.stderr][:1] == b"{" and b"\n" in heard[process.stderr]:
                break
            for key, _ in selector.select(max(deadline - time.monotonic(), 0)):
                pipe: Any = key.fileobj
                if pipe is process.stdin:
                    sent = feed(pipe, sent or b"")
                    if not sent:
                        selector.unregister(pipe)
                        pipe.close()
                    continue
                piece = os.read(pipe.fileno(), 1 << 16)
                heard[pipe] += piece
                if not piece:
                    selector.unregister(pipe)
            if len(heard[process.stdout]) > most:
                problem = f"the code wrote more than {most} bytes"
            elif len(heard[process.stderr]) > 1 << 16:
                problem = "the code wrote over its report"
            elif time.monotonic() >= deadline:
                problem = f"the code took longer than {seconds:g} s"
    return heard[process.stdout][:most], heard[process.stderr], problem


def feed(pipe: Any, data: bytes) -> bytes:
    """Writes what a pipe takes now: the rest, empty too where nobody reads any more."""
    import os

    try:
        return data[os.write(pipe.fileno(), data) :]
    except BlockingIOError:
        return data
    except BrokenPipeError:
        return b""


def require_lock(report: bytes, problem: str | None) -> None:
    """Raises SandboxUnavailable unless the process reports that it is locked up."""
    import json

    try:
        said = json.loads(report)
    except ValueError:
        lines = report.decode("utf-8", "replace").strip().splitlines() or ["the process ended without a word"]
        said = {"locked": False, "problem": f"not locked within {SANDBOX_START:g} s" if problem else lines[-1]}
    if not said["locked"]:
        raise SandboxUnavailable(f"no sandbox for code: {said['problem']}")


def outcome(report: bytes, status: int) -> str | None:
    """What went wrong, from the report of a process that ended with an exit status as `subprocess` gives it. The code
    may have written the report, so nothing about it is taken for granted."""
    import json
    import signal

    if status == -signal.SIGXCPU:
        return "the code used more processor time than it may"
    if status < 0:
        return f"the interpreter crashed ({signal.Signals(-status).name})"
    try:
        error = json.loads(report)["error"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return f"the code left without a report (exit status {status})"
    return error if error is None or isinstance(error, str) else "the code wrote over its report"
