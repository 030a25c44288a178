"""Indexes are kept: the second opening makes none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import lmc.retrieve.bm25
from lmc.diagnostics import Diagnostic
from lmc.retrieve import Corpus, open_index
from lmc.store import indexes_folder

pytest.importorskip("bm25s")

Of = Callable[..., Corpus]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Corpus]:
    """The corpora of which an index was made."""
    found: list[Corpus] = []
    build = lmc.retrieve.bm25.build

    def count(corpus: Corpus) -> Any:
        found.append(corpus)
        return build(corpus)

    monkeypatch.setattr(lmc.retrieve.bm25, "build", count)
    return found


def search(corpus: Corpus, folder: Path | None, said: list[Diagnostic] | None = None) -> list[str]:
    async def run() -> list[str]:
        index = await open_index(corpus, folder=folder, warn=(said if said is not None else []).append)
        return [row["text"] for row in await index.search("cats", 5)]

    return asyncio.run(run())


def test_the_second_opening_does_not_index_again(corpus_of: Of, built: list[Corpus], tmp_path: Path) -> None:
    corpus = corpus_of("cats purr", "dogs", "cats")
    assert search(corpus, tmp_path) == search(corpus_of("cats purr", "dogs", "cats"), tmp_path) == ["cats", "cats purr"]
    assert len(built) == 1


def test_another_text_is_another_index(corpus_of: Of, built: list[Corpus], tmp_path: Path) -> None:
    search(corpus_of("cats"), tmp_path)
    assert search(corpus_of("cats!"), tmp_path) == ["cats!"]
    assert len(built) == 2


def test_columns_that_are_not_searched_do_not_matter(built: list[Corpus], tmp_path: Path) -> None:
    search(Corpus(({"text": "cats", "id": 1},), ("text",)), tmp_path)
    search(Corpus(({"text": "cats", "id": 2},), ("text",)), tmp_path)
    assert len(built) == 1


def test_indexes_are_in_the_home_folder(corpus_of: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_HOME", str(tmp_path))
    search(corpus_of("cats"), None)
    assert indexes_folder() == tmp_path / "indexes"
    assert any(one.is_dir() for one in indexes_folder().iterdir())


def files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.glob("*/*") if one.is_file())


@pytest.mark.parametrize("damage", ["cut", "flip", "remove", "empty manifest"])
def test_a_damaged_index_is_built_again(damage: str, corpus_of: Of, built: list[Corpus], tmp_path: Path) -> None:
    corpus = corpus_of("cats purr", "dogs", "cats")
    search(corpus, tmp_path)
    for number, file in enumerate(whole := files(tmp_path), 1):
        data = file.read_bytes()
        match damage:
            case "cut":
                file.write_bytes(data[:-1])
            case "flip":
                file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
            case "remove":
                file.unlink()
            case _ if file.name == "manifest.json":
                file.write_bytes(b"")
            case _:
                continue
        said: list[Diagnostic] = []
        before = len(built)
        assert search(corpus, tmp_path, said) == ["cats", "cats purr"]
        assert [one.code for one in said] == ["LMP0541"]
        assert len(built) == before + 1, number
        assert files(tmp_path) == whole


def test_what_a_killed_process_left_is_no_index(corpus_of: Of, built: list[Corpus], tmp_path: Path) -> None:
    corpus = corpus_of("cats")
    search(corpus, tmp_path)
    (folder,) = (one for one in tmp_path.iterdir() if one.is_dir())
    folder.rename(folder.with_name(f".{folder.name}.tmp"))
    assert search(corpus, tmp_path) == ["cats"]
    assert len(built) == 2
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == [folder.name]


def test_of_several_that_open_at_once_one_builds(corpus_of: Of, built: list[Corpus], tmp_path: Path) -> None:
    corpus = corpus_of("cats purr", "dogs", "cats")
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: search(corpus, tmp_path), range(6)))
    assert found == [["cats", "cats purr"]] * 6
    assert len(built) == 1


def test_where_nothing_can_be_kept_the_search_goes_on(corpus_of: Of, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    said: list[Diagnostic] = []
    assert search(corpus_of("cats"), blocked / "indexes", said) == ["cats"]
    assert [one.code for one in said] == ["LMP0542"]
