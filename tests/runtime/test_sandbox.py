"""Code that a model wrote can compute and print, and nothing else; what it tries beyond that fails in the kernel."""

from __future__ import annotations

import builtins
import dis
import os
import select
import struct
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

import lmc.runtime
from lmc.runtime import confine, sandbox
from lmc.runtime.sandbox import SANDBOX_CALLS, SandboxUnavailable, confinement, run_code, seccomp_filter

MACHINE = os.uname().machine if hasattr(os, "uname") else ""
linux = pytest.mark.skipif(sys.platform != "linux" or MACHINE not in SANDBOX_CALLS, reason="no sandbox here")
START = sandbox.start_sandbox
SUMMING = "total = 0\nfor i in range(5):\n    total += i\n"


def run(code: str, seconds: float = 20.0, **limits: Any) -> tuple[str, str | None]:
    """The output and the error of code, dedented."""
    result = run_code(textwrap.dedent(code), seconds, **limits)
    assert set(result) == {"output", "error"}
    return result["output"], result["error"]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The processes that a test started: none may outlive the call that started it."""
    processes: list[Any] = []
    start = sandbox.start_sandbox

    def remember(memory_mb: int, seconds: float) -> Any:
        processes.append(start(memory_mb, seconds))
        return processes[-1]

    monkeypatch.setattr(sandbox, "start_sandbox", remember)
    yield processes
    assert all(one.returncode is not None for one in processes)


# What comes back.


@linux
@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("print(1)\nprint('two')", "1\ntwo"),
        ("print('no line break at the end', end='')", "no line break at the end"),
        ("6 * 7", "42"),
        ("x = 'text'\nx", "text"),
        ("from fractions import Fraction\nFraction(1, 3) + Fraction(1, 6)", "1/2"),
        ("None", ""),
        ("x = 3", ""),
        ("", ""),
        ("print('printed')\n'not shown'", "printed"),
        ("def f():\n    print('printed')\n    return 1\nf()", "printed"),
        ("import sys\nprint('to the other stream', file=sys.stderr)", "to the other stream"),
        ("print('naïve ∑ 漢字 🙂')", "naïve ∑ 漢字 🙂"),
        ("print('\\ud800')", "\\ud800"),
        ("print('a\\0b')", "a\0b"),
        ("if __name__ == '__main__':\n    print('main')", "main"),
        ("input", "<built-in function input>"),
        (SUMMING + "total", "10"),
        ("'" + "x" * 200_000 + "'[:3]", "xxx"),
    ],
)
def test_the_output_is_what_is_printed_else_the_value_at_the_end(code: str, output: str) -> None:
    assert run(code) == (output, None)


@linux
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("x = 1\nx / 0", "line 2: x / 0\nZeroDivisionError: division by zero"),
        ("def f(x):\n    return x['a']\n\nf({})", "line 4: f({})\nline 2, in f: return x['a']\nKeyError: 'a'"),
        ("print(1", "line 1: print(1\nSyntaxError: '(' was never closed"),
        ("x = 1\n  y = 2", "line 2: y = 2\nIndentationError: unexpected indent"),
        ("raise KeyboardInterrupt", "line 1: raise KeyboardInterrupt\nKeyboardInterrupt"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("raise SystemExit('gave up')", "SystemExit: gave up"),
        ("input('name? ')", "line 1: input('name? ')\nEOFError: EOF when reading a line"),
        ("import os\nos._exit(3)", "the code left without a report (exit status 3)"),
        ("return 1", "line 1: return 1\nSyntaxError: 'return' outside function"),
        (
            "class E(Exception):\n    def __str__(self): raise E\nraise E",
            "line 3: raise E\nE: its message cannot be shown",
        ),
    ],
)
def test_an_error_is_told_with_the_lines_that_led_to_it(code: str, error: str) -> None:
    assert run(code)[1] == error


@linux
@pytest.mark.parametrize("code", ["import sys\nsys.exit()", "raise SystemExit(0)", "import sys\nsys.exit(None)"])
def test_leaving_in_good_order_is_no_error(code: str) -> None:
    assert run("print(1)\n" + code) == ("1", None)


@linux
def test_what_was_printed_before_an_error_stays() -> None:
    assert run("print('so far')\n1 / 0") == ("so far", "line 2: 1 / 0\nZeroDivisionError: division by zero")


@linux
def test_a_deep_recursion_is_told_in_few_lines() -> None:
    output, error = run("def f(n):\n    return f(n + 1)\nf(0)")
    assert output == ""
    assert error is not None
    assert error.splitlines()[0] == "line 3: f(0)"
    assert error.splitlines()[-1] == "RecursionError: maximum recursion depth exceeded"
    assert len(error.splitlines()) == 7


@linux
def test_a_number_too_long_to_print_is_an_error_of_the_code() -> None:
    assert "ValueError: Exceeds the limit" in str(run("print(10 ** 10_000)")[1])


@linux
@pytest.mark.parametrize("code", ["print(1)\0print(2)", "x = '\ud800'"])
def test_code_that_is_no_text_is_an_error_of_the_code(code: str) -> None:
    output, error = run(code)
    assert output == ""
    assert "Error" in str(error)


@linux
def test_each_run_starts_afresh() -> None:
    run("import math\nmath.pi = 3")
    assert run("import math\nmath.pi") == ("3.141592653589793", None)


@linux
def test_runs_at_the_same_time_do_not_meet() -> None:
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda n: run(f"print({n} * {n})"), range(8)))
    assert outputs == [(str(n * n), None) for n in range(8)]


# Modules.


@linux
def test_the_listed_modules_are_there() -> None:
    names = [name for name in sandbox.SANDBOX_MODULES.split() if not name.startswith("_")]
    assert run(f"import {', '.join(names)}\nprint(math.pi)") == ("3.141592653589793", None)


@linux
@pytest.mark.parametrize(
    "code",
    [
        "import datetime\ndatetime.datetime.strptime('2024-02-29', '%Y-%m-%d').strftime('%A')",
        "import statistics\nstatistics.quantiles([1, 2, 3, 4])",
        "import random\nrandom.seed(1)\nrandom.random()",
        "import secrets, uuid\nuuid.uuid4(), secrets.token_hex()",
        "import decimal\ndecimal.getcontext().prec = 50\ndecimal.Decimal(2).sqrt()",
        "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\nA(1)",
        "import time\ntime.time(), time.perf_counter(), time.process_time(), time.sleep(0)",
        "'é'.encode('latin-1') + 'é'.encode('utf-16') + 'é'.encode('cp1252')",
        "import hashlib\nhashlib.sha256(b'a').hexdigest()",
        "import re\nre.findall(r'(?i)a+', 'aAb')",
        "import pprint, textwrap, copy\npprint.pformat(copy.deepcopy([{}])), textwrap.dedent(' a')",
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\nP(1)",
        "import enum\nclass C(enum.Enum):\n    a = 1\nC.a",
        "len([i for i in range(10 ** 6)])",
    ],
)
def test_they_work_without_files(code: str) -> None:
    output, error = run(code)
    assert error is None
    assert output != ""


@linux
@pytest.mark.parametrize("name", ["numpy", "socket", "subprocess", "ctypes", "threading", "multiprocessing.pool"])
def test_another_module_is_refused_and_those_that_are_there_are_named(name: str) -> None:
    error = str(run(f"import {name}")[1])
    assert f"no module `{name.split('.')[0]}` in the sandbox, which has abc, array, ast, base64" in error


# What the code must not do. Each piece prints `done` where it is let; the same piece does so outside of the sandbox.

LIBC = """
def libc():
    try:
        from ctypes import CDLL
    except ImportError:
        CDLL = next(c for c in object.__subclasses__() if c.__name__ == "CDLL")
    return CDLL(None, use_errno=True)

def native(function, *arguments):
    if libc()[function](*arguments) != -1:
        print("done")
"""

ESCAPES = {
    "read a file": "open('/proc/self/stat').read()",
    "read a file in bytes, by its number": "import os\nos.read(os.open('/proc/self/stat', 0), 1)",
    "write a file": "open('{folder}/file', 'w').close()",
    "list a folder": "import os\nos.listdir('/')",
    "ask for a file": "import os\nos.stat('/')",
    "follow a link": "import os\nos.readlink('/proc/self/exe')",
    "make a folder": "import os\nos.mkdir('{folder}/made')",
    "remove a file": "import os\nos.remove('{folder}/victim')",
    "rename a file": "import os\nos.rename('{folder}/victim', '{folder}/other')",
    "change the folder": "import os\nos.chdir('/')",
    "know the folder": "import os\nos.getcwd()",
    "know the host": "import os\nos.uname()",
    "open through posix": "import posix\nposix.open('/', 0)",
    "open through io": "import io\nio.FileIO('/proc/self/stat').read()",
    "open through the loader of modules": """
        from importlib._bootstrap_external import FileLoader
        FileLoader('m', '/proc/self/stat').get_data('/proc/self/stat')
    """,
    "run a command": "import os\nassert os.system('exit 0') == 0",
    "run a command through a class that is lying about": """
        for c in object.__subclasses__():
            if c.__name__ == '_wrap_close':
                assert c.__init__.__globals__['system']('exit 0') == 0
                break
    """,
    "run a command with pipes": "import os\nassert os.popen('echo x').read() == 'x\\n'",
    "fork": "import os\nif os.fork() == 0:\n    os._exit(0)",
    "spawn": "import os, sys\nos.posix_spawn(sys.executable, [sys.executable, '-c', ''], {{}})",
    "start a thread": "import _thread\n_thread.start_new_thread(str, ())",
    "signal the parent": "import os\nos.kill(os.getppid(), 0)",
    "signal itself": "import os\nos.kill(os.getpid(), 0)",
    "set an alarm": "import signal\nsignal.setitimer(signal.ITIMER_REAL, 100)",
    "open a pipe": "import os\nos.pipe()",
    "double a descriptor": "import os\nos.dup(1)",
    "close its output": "import os\nos.close(2)",
    "raise a limit": "import os\nos.setpriority(os.PRIO_PROCESS, 0, 0)",
    "leave the group": "import os\nos.getsid(0)",
    "map a file": "import os\nos.memfd_create('x')",
    "native: fork": LIBC + "if libc().fork() == 0:\n    import os\n    os._exit(0)\nnative('getsid', 0)",
    "native: socket": LIBC + "native('socket', 2, 1, 0)",
    "native: open": LIBC + "native('open', b'/', 0)",
    "native: kill": LIBC + "import os\nnative('kill', os.getppid(), 0)",
    "native: memory that runs": LIBC + "native('mmap', 0, 4096, 7, 0x22, -1, 0)",
    "native: memory made to run": LIBC + """
c = libc()
size = type(c).__init__.__globals__["c_size_t"]
c.mmap.restype = size
if c.mprotect(size(c.mmap(0, 4096, 3, 0x22, -1, 0)), 4096, 5) != -1:
    print("done")
""",
    "native: memfd": LIBC + "native('memfd_create', b'x', 0)",
    "native: shared memory": LIBC + "native('shmget', 0, 4096, 0o1600)",
    "native: control of itself": LIBC + "native('prctl', 3, 0, 0, 0, 0)",
    "native: personality": LIBC + "native('personality', 0xffffffff)",
    "native: epoll": LIBC + "native('epoll_create1', 0)",
    "native: a timer": LIBC + "native('timerfd_create', 1, 0)",
    "native: a count of events": LIBC + "native('eventfd', 0, 0)",
    "native: a watch": LIBC + "native('inotify_init')",
    "native: a pair of sockets": LIBC + "import array\nnative('socketpair', 1, 1, 0, bytes(8))",
    "native: limits": LIBC + "native('getrlimit', 7, bytes(16))",
    "native: processors": LIBC + "native('sched_getaffinity', 0, 128, bytes(128))",
}  # fmt: skip


def attempt(name: str, folder: Path) -> str:
    """The code of an escape, which prints `done` at its end unless an exception came before."""
    code = textwrap.dedent(ESCAPES[name].replace("{folder}", str(folder)).replace("{{}}", "{}"))
    return code if name.startswith("native") else code + "\nprint('done')"


@linux
@pytest.mark.parametrize("name", ESCAPES)
def test_it_cannot(name: str, tmp_path: Path) -> None:
    (tmp_path / "victim").touch()
    output, _ = run(attempt(name, tmp_path))
    assert "done" not in output
    assert [one.name for one in tmp_path.iterdir()] == ["victim"]
    # The piece is a real one.
    free = subprocess.run([sys.executable, "-I", "-c", attempt(name, tmp_path)], capture_output=True, text=True)
    assert "done" in free.stdout, free.stderr


@linux
def test_it_cannot_become_another_program() -> None:
    code = "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(1)'])"
    assert run(code)[0] == ""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).stdout == b"1\n"


@linux
def test_it_cannot_read_the_memory_of_its_parent() -> None:
    secret = bytearray(b"a secret of the parent")
    address = id(secret) + bytearray.__basicsize__
    code = (
        LIBC
        + f"""
import array, os
into = array.array("B", bytes(8))
local = array.array("Q", [into.buffer_info()[0], 8])
remote = array.array("Q", [{address}, 8])
print(libc().process_vm_readv(os.getppid(), bytes(local), 1, bytes(remote), 1, 0), bytes(into))
"""
    )
    assert run(code) == (f"-1 {bytes(8)!r}", None)


@linux
def test_it_sees_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "a-very-secret-key")
    code = "import os, sys\nprint(dict(os.environ), os.environb, os.getenv('A_KEY'), [a[:9] for a in sys.argv[:1]])"
    assert run(code) == ("{} environ({}) None ['-c']", None)
    native = LIBC + "libc().getenv.restype = None\nprint(libc().getenv(b'A_KEY'))"
    assert run(native)[0] == "0"


@linux
def test_descriptors_of_the_parent_stay_there(tmp_path: Path) -> None:
    (tmp_path / "open").write_text("secret")
    with (tmp_path / "open").open() as file:
        os.set_inheritable(file.fileno(), True)
        assert "done" not in run(f"import os\nos.read({file.fileno()}, 1)\nprint('done')")[0]


# What the code may not use up.


@linux
@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(1000)",
        "9 ** 9 ** 9",
        "import re\nre.match('(a+)+$', 'a' * 50 + 'b')",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import signal\nfor s in (1, 2, 3, 15): signal.signal(s, signal.SIG_IGN)\nwhile True: pass",
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    ],
    ids=["loop", "sleep", "one long step", "regular expression", "catching all", "deaf to signals", "fork bomb"],
)
def test_the_time_is_up(code: str) -> None:
    assert run("print('begun')\n" + code, 0.3) == ("begun", "the code took longer than 0.3 s")


@linux
@pytest.mark.parametrize(
    "code",
    [
        "x = bytearray(200 << 20)",
        "x = 'x' * (1 << 40)",
        "x = []\nwhile True: x.append(bytearray(1 << 20))",
        "x = [1]\nwhile True: x = x + x",
    ],
)
def test_memory_runs_out_in_the_code(code: str) -> None:
    output, error = run(code, memory_mb=64)
    assert output == ""
    assert str(error).endswith("\nMemoryError")


@linux
def test_memory_up_to_the_limit_is_there() -> None:
    assert run("len(bytearray(48 << 20)) >> 20", memory_mb=64) == ("48", None)


@linux
def test_a_flood_of_output_is_cut() -> None:
    output, error = run("while True: print('x' * 99)", output_bytes=1000)
    assert output == "\n".join(["x" * 99] * 10)
    assert error == "the code wrote more than 1000 bytes"


@linux
def test_output_up_to_the_limit_is_whole() -> None:
    assert run("print('x' * 999)", output_bytes=1000) == ("x" * 999, None)
    assert run("'x' * 1001", output_bytes=1000) == ("x" * 1000, "the code wrote more than 1000 bytes")


@linux
def test_a_character_is_not_cut_in_two() -> None:
    assert run("print('é' * 100)", output_bytes=5) == ("éé", "the code wrote more than 5 bytes")


@linux
def test_a_crash_of_the_interpreter_is_an_error_of_the_code() -> None:
    code = "import sys\nsys.setrecursionlimit(10 ** 9)\nclass A:\n    def __repr__(self): return repr(self)\nrepr(A())"
    output, error = run(code)
    assert output == ""
    assert "crashed (SIGSEGV)" in str(error) or "MemoryError" in str(error)


# What the code may say about itself.


@linux
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os\nos.write(2, b'garbage') and None", "the code left without a report (exit status 0)"),
        ("import os\nos.write(2, b'[' * 60000)\nos._exit(0)", "the code left without a report (exit status 0)"),
        ("import os\nos.write(2, b'{\"error\": [1]}')\nos._exit(0)", "the code wrote over its report"),
        ("import os\nos.write(2, b'[]')\nos._exit(0)", "the code left without a report (exit status 0)"),
        ("import os\nwhile True: os.write(2, b'x' * 1000)", "the code wrote over its report"),
        ("import sys\nsys.stdout.close()\nprint(1)", "line 3: print(1)\nValueError: I/O operation on closed file."),
        ("import sys\nsys.stdout.close()", "ValueError: I/O operation on closed file."),
        ("import sys\nsys.stdout = None", None),
        ("import json, os\njson.dumps = os.write = os._exit = None", None),
    ],
)
def test_a_report_that_is_spoilt_is_no_trouble(code: str, error: str | None) -> None:
    assert run(code) == ("", error)


@linux
def test_an_interpreter_in_ruins_is_no_trouble() -> None:
    error = run("import builtins\nfor n in dir(builtins):\n    if n[0] != '_': delattr(builtins, n)")[1]
    assert error == "the code left without a report (exit status 1)"


@linux
def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert run("import os\nos.write(1, b'a\\xffb') and None") == ("a\ufffdb", None)


# No lock, no run.


def test_elsewhere_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SandboxUnavailable, match=r"^no sandbox for code: it needs Linux, and this is win32$"):
        run_code("print(1)")


def test_on_another_machine_it_refuses() -> None:
    with pytest.raises(SandboxUnavailable, match=r"64-bit Python on x86_64 or aarch64, and this is riscv64"):
        confinement("linux", "riscv64", 256, 5.0)


@linux
def test_without_a_known_interpreter_it_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(SandboxUnavailable, match="path of the Python interpreter is not known"):
        run_code("print(1)")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    with pytest.raises(SandboxUnavailable, match="its process cannot be started"):
        run_code("print(1)")


@linux
def test_an_interpreter_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(SandboxUnavailable, match="the process ended without a word"):
        run_code("print(1)")


ALLOW_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)


@linux
@pytest.mark.parametrize(
    ("program", "problem"),
    [(ALLOW_ALL, "the filter lets the code open a file"), (b"\xff" * 8, "the kernel refuses a seccomp filter")],
)
def test_without_a_working_filter_the_code_is_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: bytes, problem: str
) -> None:
    monkeypatch.setattr(sandbox, "seccomp_filter", lambda calls: program)
    with pytest.raises(SandboxUnavailable, match=problem):
        run_code(f"open('{tmp_path}/file', 'w')")
    assert list(tmp_path.iterdir()) == []


@linux
@pytest.mark.parametrize("name", ["enter_namespaces", "forbid_files", "drop_capabilities", "set_limits", "set_process"])
def test_no_single_layer_carries_the_lock_but_the_filter(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def nothing(*_: Any) -> None:
        pass

    nothing.__name__ = name
    monkeypatch.setattr(sandbox, name, nothing)
    if name == "set_process":
        monkeypatch.setattr(sandbox, name, confine.set_process)
    assert "Operation not permitted" in str(run("open('/')")[1])


# Clean ends.


@linux
def test_an_interruption_leaves_no_process(monkeypatch: pytest.MonkeyPatch, started: list[Any]) -> None:
    listen = sandbox.converse

    def interrupted(process: Any, sent: bytes | None, seconds: float, most: int) -> Any:
        if sent is not None:
            raise KeyboardInterrupt
        return listen(process, sent, seconds, most)

    monkeypatch.setattr(sandbox, "converse", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_code("while True: pass", 60.0)
    (process,) = started
    assert process.returncode == -9
    assert process.stdout.closed


@linux
def test_it_dies_with_its_parent() -> None:
    script = """
        import lmc.runtime.sandbox as sandbox
        start = sandbox.start_sandbox
        def tell(*arguments):
            process = start(*arguments)
            print(process.pid, flush=True)
            return process
        sandbox.start_sandbox = tell
        sandbox.run_code("print(1)")
        sandbox.run_code("while True: pass", 600.0)
    """
    root = Path(lmc.runtime.__path__[0]).parents[1]
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        watch = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        assert select.select([watch], [], [], 60.0)[0] == [watch]
    finally:
        os.close(watch)


# The filter, on machines that are not at hand too.


def judge(program: bytes, arch: int, call: int, *arguments: int) -> int:
    """What the filter answers to a call, as the kernel runs it."""
    data = struct.pack("=IIQ6Q", call, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    code, at, held = list(struct.iter_unpack("=HBBI", program)), 0, 0
    while True:
        kind, if_true, if_false, value = code[at]
        at += 1
        if kind == 0x06:
            return int(value)
        if kind == 0x20:
            (held,) = struct.unpack_from("=I", data, value)
        else:
            holds = {0x15: held == value, 0x25: held > value, 0x45: bool(held & value)}[kind]
            at += if_true if holds else if_false


ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000


@pytest.mark.parametrize("machine", SANDBOX_CALLS)
def test_the_filter_allows_what_is_listed_and_nothing_else(machine: str) -> None:
    calls = SANDBOX_CALLS[machine]
    program = seccomp_filter(calls)
    free = {int(call) for call in calls["free"].split()}
    judged = {calls["read"], calls["write"], calls["mmap"], calls["mprotect"]}
    for call in range(600):
        answer = judge(program, calls["arch"], call, 7, 7, 7)
        assert answer == (ALLOW if call in free else REFUSE), call
        assert judge(program, calls["arch"], 0x40000000 | call) == REFUSE
        assert judge(program, 0x40000003, call) == KILL
    assert not free & judged


@pytest.mark.parametrize("machine", SANDBOX_CALLS)
def test_the_filter_looks_at_descriptors_and_protections(machine: str) -> None:
    calls = SANDBOX_CALLS[machine]
    program, arch = seccomp_filter(calls), calls["arch"]
    assert [judge(program, arch, calls["read"], fd) for fd in (0, 1, 2, 3, 2**32 - 1)] == [ALLOW] + [REFUSE] * 4
    writing = [judge(program, arch, calls["write"], fd) for fd in (0, 1, 2, 3, 2**32 - 1)]
    assert writing == [REFUSE, ALLOW, ALLOW, REFUSE, REFUSE]
    for call in (calls["mmap"], calls["mprotect"]):
        answers = [judge(program, arch, call, 0, 4096, protection) for protection in range(8)]
        assert answers == [ALLOW] * 4 + [REFUSE] * 4


# The functions travel by their names and see nothing else.


def global_names(code: CodeType) -> set[str]:
    """The names that compiled code, and what is defined in it, takes from outside of functions."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    own = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return own.union(*map(global_names, inner))


def test_the_functions_of_the_process_all_travel_and_need_nothing_else() -> None:
    functions = {name: one for name, one in vars(confine).items() if isinstance(one, FunctionType)}
    assert set(functions) <= set(START.__code__.co_names)
    for function in functions.values():
        assert global_names(function.__code__) <= set(functions) | set(vars(builtins))
        assert function.__defaults__ is None
        assert function.__closure__ is None
