"""Builds that are killed, and two at once: nothing is lost, nothing is asked twice, the lock comes out the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Shell, everything, write_project
from tests.e2e.provider import Provider

CONCURRENCY = 4


def undisturbed(lmc: Shell, provider: Provider) -> tuple[bytes, list[str]]:
    """The lock of a build that nobody disturbs, in a home of its own, and the requests that it makes, in any order."""
    done = lmc("build", "main.lmp", LMC_HOME=str(lmc.home.with_name("other")))
    assert done.code == 0, done.err
    lock = lmc.folder / "main.lock.json"
    found = lock.read_bytes(), sorted(provider.answered)
    lock.unlink()
    for path in sorted((lmc.folder / "out").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    provider.forget()
    return found


def stop_after(lmc: Shell, provider: Provider, answers: int, how: signal.Signals) -> tuple[int, str]:
    """Builds until so many more requests are answered and the next ones are under way, then sends the signal; the exit
    code and what it said. That the next ones came shows that the answers before them have been written down."""
    before = len(provider.answered)
    seen = len(provider.seen)
    provider.most = seen + answers
    process = lmc.start("build", "main.lmp")
    provider.wait(seen + answers + CONCURRENCY)
    process.send_signal(how)
    done = lmc.done(process)
    assert len(provider.answered) == before + answers
    provider.most = None
    return done.code, done.err


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_build_that_is_stopped_again_and_again_ends_as_if_nobody_had(
    remote: Callable[..., Shell], provider: Provider, how: signal.Signals
) -> None:
    lmc = remote(concurrency=CONCURRENCY)
    lock, requests = undisturbed(lmc, provider)
    before = everything(lmc.folder)
    for answers in (0, 7, 30, 45):
        code, said = stop_after(lmc, provider, answers, how)
        if how is signal.SIGINT:
            assert code == 130
            assert "run the same command to go on where it was" in said
        else:
            assert code == -signal.SIGKILL
        assert everything(lmc.folder) == before
    done = lmc("build", "main.lmp", "--json")
    assert done.code == 0
    assert "going on: 82 calls were made before" in done.err
    assert (lmc.folder / "main.lock.json").read_bytes() == lock
    assert sorted(provider.answered) == requests
    assert done.json["served_calls"] == len(requests)
