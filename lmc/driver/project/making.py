"""Makes a project: everything is tried out in a folder of its own first, and nothing is overwritten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lmc.diagnostics import Diagnostic, Failure
from lmc.driver.load import Loaded, load
from lmc.driver.project import problems
from lmc.driver.project.field import identifier
from lmc.driver.project.files import ATTRIBUTES, HOOKS, IGNORED, WORKFLOW, hooks, lines, workflow
from lmc.driver.project.rows import Table
from lmc.driver.project.source import Model, source_of
from lmc.driver.whole import check_whole
from lmc.lm.registry import REGISTRY
from lmc.store import make_folder, write_atomic

REFERENCE = re.compile(r"[A-Za-z0-9_.-]+/\S+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be made: the program `name` in `folder`, of the rows of `table`, for a model; on request the hooks of
    pre-commit and a workflow, which belong to the top of the repository."""

    folder: Path
    name: str
    table: Table
    model: Model
    instruction: str | None = None
    hooks: bool = False
    workflow: bool = False

    @property
    def top(self) -> Path:
        """The top of the git repository that the folder is in, else the folder."""
        full = self.folder.resolve()
        return next((one for one in (full, *full.parents) if (one / ".git").exists()), full)


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the files that were written, and those that were there and stay as they are, each with the lines
    that it lacks."""

    written: tuple[Path, ...]
    kept: tuple[tuple[Path, tuple[str, ...]], ...]


def program_name(written: str) -> str:
    """The name of a program, as it is given or as a folder is called. Raises Failure (LMP0913)."""
    if not re.search("[A-Za-z0-9]", written):
        raise Failure(problems.no_name(written))
    return identifier(written)


def model_of(reference: str, base_url: str | None) -> Model:
    """The model that a reference names. Raises Failure (LMP0913)."""
    from lmc.lm.models import installed

    local = tuple(dict.fromkeys((*(one.name for one in REGISTRY), *(one.name for one in installed()))))
    if not REFERENCE.fullmatch(reference):
        raise Failure(problems.no_reference(reference, [f"local/{one}" for one in local]))
    name = reference.removeprefix("local/")
    if name != reference and name not in local:
        raise Failure(problems.no_such_local(reference, [f"local/{one}" for one in local]))
    return Model(reference, base_url)


def make(wanted: Wanted) -> Made:
    """Writes the project. Raises Failure: LMP0912 where a file would be overwritten, and Unfit with what is wrong with
    the rows."""
    source = source_of(wanted.name, wanted.table, wanted.model, wanted.instruction)
    files, extra = files_of(wanted, source)
    there = [path for path in files if path.exists() or path.is_symlink()]
    if there:
        raise Failure(problems.there_already([shown(path) for path in there]))
    try_out(wanted, source)
    kept = []
    for path, data in extra.items():
        if not (path.exists() or path.is_symlink()):
            files[path] = data
        elif missing := lacking(path, data):
            kept.append((path, missing))
    write_all(files)
    return Made(tuple(files), tuple(kept))


def files_of(wanted: Wanted, source: str) -> tuple[dict[Path, bytes], dict[Path, bytes]]:
    """The files that must be new, and those that may be there already."""
    table, folder = wanted.table, wanted.folder
    files = {folder / f"{wanted.name}.lmp": source.encode()}
    if table.data is not None:
        files[folder / table.file] = table.data
    extra = {folder / ".gitignore": lines(IGNORED), folder / ".gitattributes": lines(ATTRIBUTES)}
    if wanted.hooks:
        extra[wanted.top / HOOKS] = hooks()
    if wanted.workflow:
        place = (wanted.folder.resolve() / f"{wanted.name}.lmp").relative_to(wanted.top).as_posix()
        extra[wanted.top / WORKFLOW] = workflow(place)
    return files, extra


class Unfit(Failure):
    """Rows of which no program can be made that checks; `loaded` has all that is wrong."""

    def __init__(self, diagnostic: Diagnostic, loaded: Loaded) -> None:
        super().__init__(diagnostic)
        self.loaded = loaded


def try_out(wanted: Wanted, source: str) -> None:
    """Checks the program in a folder of its own. Raises Unfit when it is not flawless."""
    table = wanted.table
    with TemporaryDirectory(prefix="lmc-init-") as name:
        folder = Path(name).resolve()
        (folder / "pyproject.toml").touch()
        data = table.data if table.data is not None else (wanted.folder / table.file).read_bytes()
        write_atomic(folder / table.file, data, durable=False)
        write_atomic(folder / f"{wanted.name}.lmp", source.encode(), durable=False)
        loaded = load(folder / f"{wanted.name}.lmp", f"{wanted.name}.lmp")
        check_whole(loaded)
    if loaded.sink.diagnostics:
        raise Unfit(loaded.sink.diagnostics[0], loaded)


def lacking(path: Path, data: bytes) -> tuple[str, ...]:
    """The lines that a file which is there lacks; of a file of YAML all or none."""
    try:
        held = path.read_text("utf-8", "replace")
    except OSError:
        held = ""
    wanted = data.decode().splitlines()
    if path.suffix in (".yml", ".yaml"):
        return () if "lmc" in held else tuple(wanted)
    return tuple(line for line in wanted if line not in held.splitlines())


def write_all(files: Mapping[Path, bytes]) -> None:
    """Writes the files, or none of them."""
    written: list[Path] = []
    folders: list[Path] = []
    try:
        for path, data in files.items():
            folders += new_folders(path.parent)
            make_folder(path.parent)
            write_atomic(path, data)
            written.append(path)
    except BaseException:
        for path in written:
            with suppress(OSError):
                path.unlink()
        for folder in reversed(folders):
            with suppress(OSError):
                folder.rmdir()
        raise


def new_folders(folder: Path) -> list[Path]:
    """The folders that are not there, outermost first."""
    return [one for one in reversed((folder, *folder.parents)) if not one.exists()]


def shown(path: Path) -> str:
    """A path as a user reads it."""
    return path.as_posix()


__all__ = ["Made", "Unfit", "Wanted", "make", "model_of", "program_name"]
