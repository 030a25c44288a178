"""An index that finds passages, and how one is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from lmc.diagnostics import Diagnostic
from lmc.retrieve.corpus import Corpus, Passage
from lmc.retrieve.dense import Embed, open_dense
from lmc.store import indexes_folder

Kind: TypeAlias = Literal["bm25", "dense"]


class Index(Protocol):
    """Anything that finds passages."""

    async def search(self, query: str, k: int) -> list[Passage]:
        """At most `k` passages, best first. Raises Failure."""
        ...


async def open_index(
    corpus: Corpus,
    kind: Kind = "bm25",
    *,
    embed: tuple[Embed, str] | None = None,
    folder: Path | None = None,
    warn: Callable[[Diagnostic], None] = lambda _: None,
) -> Index:
    """The index of a corpus, read from below `folder` (None: `indexes_folder()`) where it is kept, else made and kept
    there. `embed`, for a dense one: how texts become vectors, and the name of the LM with all that distinguishes its
    vectors. Raises Failure: LMP0322 when the library is missing, and what `embed` raises."""
    folder = indexes_folder() if folder is None else folder
    if kind == "bm25":
        from lmc.retrieve.bm25 import open_bm25

        return await asyncio.to_thread(open_bm25, corpus, folder, warn)
    if embed is None:
        raise ValueError("a dense index needs an embedding LM")
    return await open_dense(corpus, *embed, folder, warn)
