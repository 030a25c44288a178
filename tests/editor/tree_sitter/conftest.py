"""The grammar, compiled by gcc once in a session and loaded by py-tree-sitter. Without gcc the tests here skip, or fail
where `LMC_TEST_CLIENTS` is `required`."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tree_sitter import Language, Parser

from .sources import GRAMMAR

settings.register_profile(
    "tree_sitter",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("tree_sitter")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`lmp.so`, as an editor compiles it."""
    if shutil.which("gcc") is None:
        if os.environ.get("LMC_TEST_CLIENTS") == "required":
            pytest.fail("gcc is not installed")
        pytest.skip("gcc is not installed")
    path = tmp_path_factory.mktemp("tree_sitter") / "lmp.so"
    files = [str(GRAMMAR / "src" / name) for name in ("parser.c", "scanner.c")]
    flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-I", str(GRAMMAR / "src"), *files, "-o", str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def language(library: Path) -> Language:
    """The language of the library."""
    entry = ctypes.CDLL(str(library)).tree_sitter_lmp
    entry.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype = ctypes.py_object
    capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return Language(capsule(entry(), b"tree_sitter.Language", None))


@pytest.fixture(scope="session")
def parser(language: Language) -> Parser:
    """A parser of the language."""
    return Parser(language)
