"""The inside of the sandbox: what its process does to itself, and how it runs the code that it does not trust.

These functions run in a process of their own, into which `lmc.runtime.sandbox` sends their compiled code: each sees the
others and Python's builtins, and nothing else of this module, not even constants.
"""

from __future__ import annotations

from typing import Any


def run_confined(settings: dict[str, Any]) -> None:
    """The life of the process: locks itself up, says so on fd 2, reads the code from fd 0, runs it with fd 1 as its
    output, and reports the outcome on fd 2. `settings` are those of `confinement` in `lmc.runtime.sandbox`."""
    import contextlib
    import json
    import os

    for name in settings["modules"]:
        with contextlib.suppress(ImportError):
            __import__(name)
    # Bound here, since the code may put something else in their place.
    dumps, write, leave = json.dumps, os.write, os._exit
    problem = lock_up(settings)
    write(2, dumps({"locked": problem is None, "problem": problem}).encode() + b"\n")
    if problem is not None:
        leave(1)
    source = b""
    while piece := os.read(0, 1 << 16):
        source += piece
    close_imports(settings["modules"])
    error = run_source(source.decode("utf-8", "surrogatepass"), open_output())
    write(2, dumps({"error": error}).encode() + b"\n")
    leave(0)


def lock_up(settings: dict[str, Any]) -> str | None:
    """Takes everything from the process but its pipes, its memory and the clock: what went wrong, or None where the
    kernel is seen to refuse. The order matters: the filter comes last, since it forbids the calls before it."""
    import os

    try:
        # All that the steps below import, while files can still be read.
        import ctypes
        import errno  # noqa: F401
        import resource  # noqa: F401
        import signal  # noqa: F401

        libc = ctypes.CDLL(None, use_errno=True)
        memory = own_memory() + settings["memory"]
        os.environ.clear()
        # Files, sockets and other processes are out of reach without these two as well; not every kernel has them.
        enter_namespaces(libc)
        forbid_files(libc)
        drop_capabilities(libc, settings["capset"])
        set_limits(memory, settings["cpu"])
        set_process(libc, settings["parent"])
        install_filter(libc, settings["filter"])
        return find_gap(libc)
    except (ImportError, OSError) as error:
        return str(error)


def own_memory() -> int:
    """The bytes of memory that the interpreter has mapped, or a good guess."""
    import resource

    try:
        with open("/proc/self/statm", "rb") as status:
            return int(status.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 64 << 20


def enter_namespaces(libc: Any) -> None:
    """Leaves the user, network, IPC, host name and mount namespaces, where the kernel lets it: `unshare(2)`."""
    user, network, ipc, names, mounts = 0x10000000, 0x40000000, 0x08000000, 0x04000000, 0x00020000
    others = network | ipc | names | mounts
    # Without a user namespace the others need privileges, which an interpreter may have.
    if libc.unshare(user | others) != 0:
        libc.unshare(others)


def forbid_files(libc: Any) -> None:
    """Forbids every use of files, TCP ports, abstract sockets and signals to others that the kernel's Landlock knows:
    `landlock(7)`; an older kernel knows fewer, or none."""
    import ctypes
    import os

    create, restrict, version_flag = 444, 446, 1
    version = libc.syscall(create, None, ctypes.c_size_t(0), version_flag)
    if version < 1:
        return
    rights = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    words = [(1 << rights) - 1, *([3] if version >= 4 else []), *([3] if version >= 6 else [])]
    attributes = (ctypes.c_uint64 * len(words))(*words)
    libc.prctl(38, 1, 0, 0, 0)
    rules = libc.syscall(create, attributes, ctypes.c_size_t(8 * len(words)), 0)
    if rules >= 0:
        libc.syscall(restrict, rules, 0)
        os.close(rules)


def drop_capabilities(libc: Any, capset: int) -> None:
    """Gives up every capability: `capset(2)`, whose number is given."""
    import ctypes

    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    libc.syscall(capset, header, (ctypes.c_uint32 * 6)())


def set_limits(memory: int, cpu: int) -> None:
    """Sets the bytes of memory and the seconds of processor time, and forbids files, descriptors, processes, core dumps
    and locked memory: `setrlimit(2)`."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    for name in ("NOFILE", "FSIZE", "NPROC", "CORE", "MEMLOCK", "MSGQUEUE"):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (0, 0))


def set_process(libc: Any, parent: int) -> None:
    """Has the kernel end the process with its parent, keep others from looking into it, and never give it a right
    back: `prctl(2)`. Raises OSError."""
    import os
    import signal

    death_signal, dumpable, no_new_privileges = 1, 4, 38
    libc.prctl(death_signal, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    libc.prctl(dumpable, 0, 0, 0, 0)
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) != 0:
        raise OSError("the kernel refuses PR_SET_NO_NEW_PRIVS")


def install_filter(libc: Any, program: bytes) -> None:
    """Has the kernel judge every further call by a program: `seccomp(2)`. Raises OSError."""
    import ctypes

    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, padded to the size of the pointer that follows.
    words = (ctypes.c_uint64 * 2)(len(program) // 8, ctypes.addressof(instructions))
    seccomp, by_filter = 22, 2
    if libc.prctl(seccomp, by_filter, words, 0, 0) != 0:
        raise OSError(f"the kernel refuses a seccomp filter (errno {ctypes.get_errno()})")


def find_gap(libc: Any) -> str | None:
    """A call that the kernel does not refuse by the filter though it should, or None. Each is harmless where it is let
    through, and fails for no other reason than the filter, whose errno is EPERM."""
    import ctypes
    import errno
    import os

    libc.mmap.restype = ctypes.c_ssize_t
    executable = (None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))
    probes: dict[str, Any] = {
        "to open a file": lambda: libc.open(b"/", 0),
        "to open a socket": lambda: libc.socket(1, 1, 0),
        "to signal a process": lambda: libc.kill(os.getpid(), 0),
        "to load machine code": lambda: libc.mmap(*executable),
        "to change the process": lambda: libc.prctl(21, 0, 0, 0, 0),
    }
    for name, probe in probes.items():
        ctypes.set_errno(0)
        if probe() != -1 or ctypes.get_errno() != errno.EPERM:
            return f"the filter lets the code {name[3:]}"
    return None


def close_imports(modules: tuple[str, ...]) -> None:
    """Leaves only the modules that are loaded, and says for any other what there is."""
    import sys

    class Closed:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
            if path is None:
                listed = ", ".join(one for one in modules if one.isidentifier() and not one.startswith("_"))
                raise ModuleNotFoundError(f"no module `{name}` in the sandbox, which has {listed}", name=name)

    for name in ("ctypes", "_ctypes", "resource", "marshal"):
        sys.modules.pop(name, None)
    sys.path[:], sys.meta_path[:] = [], [Closed()]


def open_output() -> Any:
    """The text stream on fd 1 as the code's standard output and error; standard input becomes empty. `touched` of the
    stream's `buffer.raw` says whether anything was written."""
    import io
    import sys

    class Output(io.FileIO):
        touched = False

        def write(self, data: Any) -> Any:
            self.touched = True
            return super().write(data)

    stream = io.BufferedWriter(Output(1, "wb", closefd=False))
    output = io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline="\n", line_buffering=True)
    for name, one in {"stdin": io.StringIO(), "stdout": output, "stderr": output}.items():
        setattr(sys, name, one)
        setattr(sys, f"__{name}__", one)
    return output


def run_source(source: str, output: Any) -> str | None:
    """Runs the code as a module, and writes the value of an expression at its end where nothing else was written: what
    went wrong, as text, or None."""
    import ast
    import sys
    import types

    reserve = [bytearray(4 << 20)]
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    names = module.__dict__
    try:
        tree = ast.parse(source, "<code>")
        end = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<code>", "exec", dont_inherit=True), names)
        if isinstance(end, ast.Expr):
            value = eval(compile(ast.Expression(end.value), "<code>", "eval", dont_inherit=True), names)
            output.flush()
            if value is not None and not output.buffer.raw.touched:
                output.write(str(value))
    except SystemExit as leaving:
        ended = None if leaving.code in (None, 0) else f"SystemExit: {leaving.code}"
    except BaseException as error:
        # Where memory ran out, the text of the error needs some.
        reserve.clear()
        ended = error_text(error, source)
    else:
        ended = None
    try:
        output.flush()
    except (OSError, ValueError) as error:
        return ended or f"{type(error).__name__}: {error}"
    return ended


def error_text(error: BaseException, source: str) -> str:
    """An error as the code's author needs it: the lines of the code that led to it, outermost first, five at most, then
    its type and message."""
    import traceback

    lines = source.split("\n")
    where = [
        (line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == "<code>"
    ]
    if isinstance(error, SyntaxError) and error.filename == "<code>" and error.lineno:
        where, said = [(error.lineno, "<module>")], str(error.msg)
    else:
        try:
            said = str(error)[:2000]
        except BaseException:
            said = "its message cannot be shown"
    shown = where if len(where) <= 5 else [*where[:2], *where[-3:]]
    steps = []
    for line, function in shown:
        place = f"line {line}" if function == "<module>" else f"line {line}, in {function}"
        text = lines[line - 1].strip()[:200] if 0 < line <= len(lines) else ""
        steps.append(f"{place}: {text}")
    if len(where) > 5:
        steps.insert(2, f"... {len(where) - 5} more calls ...")
    return "\n".join([*steps, f"{type(error).__name__}: {said}" if said else type(error).__name__])
