"""The files of a new project beside the program: for git, for hooks before a commit, and for GitHub Actions."""

from __future__ import annotations

import json

from lmc import __version__

IGNORED = ("*.report.html", ".venv/", "__pycache__/")
"""What git need not keep. Locks and outputs are to be committed."""

ATTRIBUTES = (
    "*.lmp text eol=lf",
    "*.lock.json linguist-generated=true text eol=lf",
    "out/** linguist-generated=true text eol=lf",
)
"""Generated files are folded in reviews, and have the same bytes on every machine."""

WORKFLOW = ".github/workflows/lmc.yml"
HOOKS = ".pre-commit-config.yaml"

STEPS = (
    ("Format", "lmc fmt --check {file}"),
    ("Check", "lmc check --strict {file}"),
    ("Test", "lmc test {file}"),
    ("Prompts and code are what the lock gives", "lmc build --frozen --check {file}"),
)
"""What is checked of each change; none of it needs an LM or a key."""


def lines(names: tuple[str, ...]) -> bytes:
    """A file of lines."""
    return ("\n".join(names) + "\n").encode()


def workflow(file: str) -> bytes:
    """The workflow for GitHub Actions; `file` is the program relative to the repository."""
    steps = "".join(
        f"      - name: {name}\n        run: {json.dumps(command.format(file=shell_word(file)))}\n"
        for name, command in STEPS
    )
    return f"""\
# Written by `lmc init`. No step asks an LM, and none needs a key.
name: lmc

on:
  push:
  pull_request:

permissions:
  contents: read

jobs:
  lmc:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install lmc
        run: python -m pip install lmc=={__version__}
{steps}""".encode()


def shell_word(text: str) -> str:
    """A text as one word of a shell."""
    import shlex

    return shlex.quote(text)


def hooks() -> bytes:
    """The configuration of pre-commit, with the lmc of the project's own environment: what a build writes depends on
    its version."""
    return b"""\
# Written by `lmc init`. To switch it on: pip install pre-commit && pre-commit install
repos:
  - repo: local
    hooks:
      - id: lmc-fmt
        name: lmc fmt
        entry: lmc fmt
        language: system
        files: \\.lmp$
      - id: lmc-check
        name: lmc check
        entry: lmc check --strict
        language: system
        files: \\.lmp$
        exclude: (^|/)meta/
      - id: lmc-frozen
        name: lmc build --frozen --check
        entry: lmc build --frozen --check .
        language: system
        pass_filenames: false
        files: \\.(lmp|lock\\.json|jsonl|json|csv|parquet|md|py)$
"""
