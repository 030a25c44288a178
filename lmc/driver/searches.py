"""Retrievers, opened when they are first asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmc.analysis.calls import named_types
from lmc.diagnostics import Diagnostic, Failure
from lmc.driver import problems
from lmc.evaluate.columns import typed_value
from lmc.ir.program import LMDecl, Program, Retriever
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import RecordType
from lmc.ir.values import belongs
from lmc.prompts.schema import schema_of
from lmc.runtime.tool import ToolError

if TYPE_CHECKING:
    from lmc.retrieve import Corpus, Index
    from lmc.retrieve.corpus import Fit

Warn = Callable[[Diagnostic], None]


def open_search(
    program: Program, retriever: Retriever, root: Path, function: Callable[..., Any] | None, warn: Warn
) -> Callable[..., Awaitable[Any]]:
    """The search of a retriever: takes `query` and `k`, gives rows. Its corpus is read and its index opened at the
    first search, by one of those that wait for it. `function` is that of a retriever in Python. The search raises
    Failure where there is no index to search and where the function fails, ToolError where it gives rows of another
    type."""
    import asyncio

    opening = asyncio.Lock()
    held: list[Index] = []
    named = named_types(program)

    async def search(query: str, k: int) -> list[dict[str, Any]]:
        async with opening:
            if not held:
                held.append(await open_one(program, retriever, root, function, warn))
        rows: list[dict[str, Any]] = await held[0].search(query, k)
        if retriever.kind == "extern":
            for number, row in enumerate(rows, 1):
                if not belongs(row, retriever.row, named):
                    raise ToolError(problems.row_misfit(retriever, number))
        return rows

    return search


async def open_one(
    program: Program, retriever: Retriever, root: Path, function: Callable[..., Any] | None, warn: Warn
) -> Index:
    """The index of a retriever. Raises Failure."""
    import asyncio

    from lmc.retrieve import ExternIndex, open_index

    if function is not None:
        return ExternIndex(retriever.name, function)
    corpus = await asyncio.to_thread(corpus_of, program, retriever, root)
    if retriever.kind == "dense" and retriever.lm is not None:
        return await open_index(corpus, "dense", embed=embedding(program.lm(retriever.lm), warn), warn=warn)
    return await open_index(corpus, "bm25", warn=warn)


def embedding(declaration: LMDecl, warn: Warn) -> Any:
    """How texts become vectors, kept in the cache of replies, and the name of that."""
    from lmc.driver.lms import Lazy
    from lmc.lm.cache import Cache
    from lmc.lm.embedding import Embedder, open_embedding, vectors_of
    from lmc.store import cache_folder

    name = vectors_of(declaration)
    lm = Cache(Lazy(lambda: open_embedding(declaration)), cache_folder() / "replies.sqlite", warn)
    return Embedder(lm, name), name


def corpus_of(program: Program, retriever: Retriever, root: Path) -> Corpus:
    """The rows that a retriever searches, as their declared type has them. Raises Failure with the first mistake."""
    corpus, found = read_rows(program, retriever, root)
    if corpus is None:
        raise Failure(found[0])
    return corpus


def read_rows(program: Program, retriever: Retriever, root: Path) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    """The same, or None and all that is wrong."""
    from lmc.retrieve import read_corpus

    fit = fitting(retriever, named_types(program))
    return read_corpus(
        retriever.name,
        retriever.file,
        root,
        base=retriever.base,
        fields=retriever.fields,
        fit=fit,
        at=retriever.span,
    )


def fitting(retriever: Retriever, named: Named) -> Fit | None:
    """What makes a row one of the declared type: the declared columns alone, cells of CSV files converted. None where
    no record is declared: rows are then as they are."""
    shape = resolve(retriever.row, named)
    if not isinstance(shape, RecordType):
        return None
    columns = []
    for field in shape.fields:
        schema = schema_of(field.type, named)
        columns.append((field.name, schema, schema.get("$defs", {})))
    cells = retriever.file.lower().endswith(".csv")

    def fit(row: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for name, schema, defs in columns:
            try:
                found[name] = typed_value(row.get(name), schema, defs, cells)
            except ValueError as error:
                raise ValueError(f"`{name}` {error}") from None
        return found

    return fit
