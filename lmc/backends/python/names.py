"""Names of an emitted module: each thing gets its own, as near to the source as what is taken allows."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

BUILTINS = frozenset(
    """abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex
    delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash help
    hex id input int isinstance issubclass iter len list locals map max memoryview min next object oct open ord
    pow print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type
    vars zip
    """.split()  # noqa: SIM905
)
IMPORTED = frozenset(
    {"Any", "Awaitable", "Callable", "Literal", "TypeAlias", "TypedDict", "TypeVar", "annotations", "cache", "cast"}
)
STDLIB = frozenset(
    """abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect
    builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall
    compression concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses
    datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl
    filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp
    gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json
    keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder
    msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os
    ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint
    profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib
    resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib
    sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
    stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
    test textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty
    turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser
    winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
    """.split()  # noqa: SIM905
)
"""The modules of the standard library of Python 3.10 to 3.14: a file of such a name beside a program would hide
them."""


class Names:
    """The names of one namespace."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.reserved = frozenset(keyword.kwlist)
        self.taken = {*self.reserved, *taken}

    def claim(self, wanted: str) -> str:
        """The wanted name, with as many `_` behind it as make it free."""
        while wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted


def snake(name: str) -> str:
    """A name in the style of functions: `QAPair` is `qa_pair`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return name.lower()


def capital(name: str) -> str:
    """A name in the style of classes: `qa_pair` is `QaPair`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def file_stem(program: str) -> str:
    """The name of the module that a program becomes: an identifier that hides no module of the standard library."""
    stem = "".join(char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in program)
    stem = stem if stem[:1].isalpha() or stem[:1] == "_" else f"_{stem}"
    return stem + "_" if keyword.iskeyword(stem) or stem in STDLIB else stem
