"""What the lock says of a tuning, in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lmc.diagnostics import Failure
from lmc.driver.inputs import stale, tuning_inputs
from lmc.driver.lock import ModuleEntry
from lmc.driver.profiles import in_profile
from lmc.editor.calls import lock_of, score_line
from lmc.editor.document import Document
from lmc.passes import simplify


@dataclass(frozen=True, slots=True)
class State:
    """The state of a tuning: its entry in the lock, if it was tuned, and what has changed since, if anything has."""

    entry: ModuleEntry | None = None
    changed: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The state in a few words."""
        if self.entry is None:
            return "not tuned"
        return f"stale, {self.score}" if self.changed else f"fresh, {self.score}"

    @property
    def score(self) -> str:
        """The score before and after tuning, in per cent."""
        assert self.entry is not None
        return f"{percent(self.entry.baseline.score)} → {percent(self.entry.tuned.score)}"

    @property
    def more(self) -> str:
        """The state in sentences."""
        if self.entry is None:
            return "the lock holds no tuning of this: `lmc build` makes one"
        told = [score_line(self.entry)]
        told += [f"changed since: {', '.join(self.changed)}; `lmc build` tunes again"] if self.changed else []
        return "\n\n".join(told)


def percent(score: float) -> str:
    """A score in per cent."""
    return f"{score * 100:.0f} %"


def states(document: Document) -> Iterator[tuple[str, str, State]]:
    """The state of each tuning of a program: its module, its profile and what the lock says. None while the program has
    errors."""
    program, lock = document.analysis.loaded.program, lock_of(document)
    if program is None:
        return
    simple = simplify(program)
    for optimize in simple.optimizes:
        entry = (lock.entries(optimize.profile) if lock else {}).get(optimize.module)
        if entry is None:
            yield optimize.module, optimize.profile, State()
            continue
        try:
            view = in_profile(simple, optimize.profile)
            own = next(one for one in view.optimizes if one.module == optimize.module)
            changed = stale(entry.inputs, tuning_inputs(view, own, document.analysis.loaded.root))
        except Failure:
            changed = ("data",)
        yield optimize.module, optimize.profile, State(entry, tuple(changed))
