"""The cache asks once, forgets nothing, and never stands in the way."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lmc.diagnostics import Diagnostic
from lmc.lm import LMError, Reply, Request
from lmc.lm.cache import Cache
from lmc.lm.problems import unreachable
from lmc.lm.scripted import Scripted

Says = Callable[..., Request]


def once(
    inner: Scripted, path: Path, *requests: Request, warn: Callable[[Diagnostic], None] = lambda _: None
) -> list[Reply]:
    """Opens the cache, asks all at once, closes it."""

    async def run() -> list[Reply]:
        cache = Cache(inner, path, warn)
        try:
            return await asyncio.gather(*(cache(one) for one in requests))
        finally:
            await cache.close()

    return asyncio.run(run())


def full(request: Request) -> Reply:
    return Reply(f"reply ü {request.sample}", "length", 10, 2, 4, 0.5, 1.5)


def test_the_second_time_nobody_is_asked(says: Says, tmp_path: Path) -> None:
    inner = Scripted(full)
    [first] = once(inner, tmp_path / "cache.db", says("a"))
    [second] = once(inner, tmp_path / "cache.db", says("a"))
    assert len(inner.calls) == 1
    assert first == second
    assert (first.cached, second.cached) == (False, True)
    assert second.seconds == 1.5


def test_model_body_and_sample_make_the_address(says: Says, tmp_path: Path) -> None:
    inner = Scripted(full)
    asked = [
        says("a"),
        says("b"),
        says("a", "openai/m"),
        says("a", temperature=1),
        Request("local/test", says("a").body, 1),
    ]
    once(inner, tmp_path / "cache.db", *asked)
    assert len(inner.calls) == 5
    assert says("a", x=1, y=2).key == says("a", y=2, x=1).key


def test_the_same_request_under_way_twice_is_asked_once(says: Says, tmp_path: Path) -> None:
    inner = Scripted(full, latency=0.001)
    replies = once(inner, tmp_path / "cache.db", *[says("a")] * 5)
    assert len(inner.calls) == 1
    assert [one.cached for one in replies] == [False, True, True, True, True]


def test_all_who_wait_see_the_error_and_it_is_not_kept(says: Says, tmp_path: Path) -> None:
    def fail(request: Request) -> str:
        raise LMError(unreachable("m", ""))

    async def run(cache: Cache) -> list[Reply | BaseException]:
        return await asyncio.gather(cache(says("a")), cache(says("a")), return_exceptions=True)

    inner = Scripted(fail, latency=0.001)
    cache = Cache(inner, tmp_path / "cache.db")
    assert [type(one) for one in asyncio.run(run(cache))] == [LMError, LMError]
    assert len(inner.calls) == 1
    asyncio.run(run(cache))
    assert len(inner.calls) == 2
    asyncio.run(cache.close())


def test_when_the_one_that_asks_is_cancelled_another_asks(says: Says, tmp_path: Path) -> None:
    started: list[int] = []

    async def run() -> Reply:
        forever = asyncio.Event()

        class Hangs:
            async def __call__(self, request: Request) -> Reply:
                started.append(1)
                if len(started) == 1:
                    await forever.wait()
                return Reply("from the second")

            async def close(self) -> None:
                pass

        cache = Cache(Hangs(), tmp_path / "cache.db")
        first = asyncio.create_task(cache(says("a")))
        second = asyncio.create_task(cache(says("a")))
        while not started:
            await asyncio.sleep(0)
        first.cancel()
        reply = await second
        await cache.close()
        return reply

    assert asyncio.run(run()).text == "from the second"


def test_a_killed_process_has_kept_what_it_returned(says: Says, tmp_path: Path) -> None:
    code = (
        "import asyncio, os, signal, sys; from pathlib import Path\n"
        "from lmc.lm import Request; from lmc.lm.cache import Cache; from lmc.lm.scripted import Scripted\n"
        "cache = Cache(Scripted(lambda _: 'kept'), Path(sys.argv[1]))\n"
        "asyncio.run(cache(Request('local/test', {'prompt': 'a'})))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "cache.db")], check=False)
    assert once(Scripted({}), tmp_path / "cache.db", Request("local/test", {"prompt": "a"}))[0].text == "kept"


def test_two_can_write_the_same_file(says: Says, tmp_path: Path) -> None:
    async def run() -> tuple[Reply, Reply]:
        one, other = Cache(Scripted(full), tmp_path / "cache.db"), Cache(Scripted({}), tmp_path / "cache.db")
        replies = await one(says("a")), await other(says("a"))
        await one.close()
        await other.close()
        return replies

    first, second = asyncio.run(run())
    assert first == second
    assert second.cached


@pytest.mark.parametrize("damage", [b"this was a database once" * 100, b"SQLite format 3\x00" + b"\xff" * 8000])
def test_a_damaged_file_is_set_aside(says: Says, tmp_path: Path, damage: bytes) -> None:
    path, warnings = tmp_path / "cache.db", []
    path.write_bytes(damage)
    inner = Scripted(full)
    once(inner, path, says("a"), warn=warnings.append)
    assert [one.code for one in warnings] == ["LMP0541"]
    assert (tmp_path / "cache.db.corrupt").read_bytes() == damage
    once(inner, path, says("a"), warn=warnings.append)
    assert (len(inner.calls), len(warnings)) == (1, 1)


def test_a_row_that_cannot_be_read_is_asked_again(says: Says, tmp_path: Path) -> None:
    path, inner = tmp_path / "cache.db", Scripted(full)
    once(inner, path, says("a"))
    with sqlite3.connect(path) as database:
        database.execute("update replies set reply = '[]'")
    database.close()
    once(inner, path, says("a"))
    assert len(inner.calls) == 2
    assert once(inner, path, says("a"))[0].cached


def test_a_place_that_cannot_be_written_costs_the_cache_and_not_the_build(says: Says, tmp_path: Path) -> None:
    warnings: list[Diagnostic] = []
    (tmp_path / "file").write_text("")
    assert once(Scripted(full), tmp_path / "file" / "cache.db", says("a"), warn=warnings.append) == [full(says("a"))]
    assert [one.code for one in warnings] == ["LMP0542"]


def test_a_full_disk_is_told_once(says: Says, tmp_path: Path) -> None:
    warnings: list[Diagnostic] = []

    async def run() -> None:
        cache = Cache(Scripted(lambda _: "x" * 100_000), tmp_path / "cache.db", warnings.append)
        assert cache._database is not None
        cache._database.execute("pragma max_page_count = 1")  # as if the disk held no more
        for text in ("a", "b"):
            assert (await cache(says(text))).text
        await cache.close()

    asyncio.run(run())
    assert [one.code for one in warnings] == ["LMP0542"]
    assert "full" in warnings[0].message
