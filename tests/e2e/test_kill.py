"""Builds that are killed, and two at once: nothing is lost, nothing is asked twice, the lock comes out the same."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace

from tests.e2e.conftest import Shell, Warm, everything
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


def test_a_build_that_is_stopped_again_and_again_ends_as_if_nobody_had(
    remote: Callable[..., Warm], provider: Provider
) -> None:
    lmc = remote(concurrency=CONCURRENCY)
    lock, requests = undisturbed(lmc, provider)
    before = everything(lmc.folder)
    # After so many answers as many calls are under way as there may be: no set of rows ends there.
    for answers, how in ((0, signal.SIGKILL), (7, signal.SIGINT), (20, signal.SIGKILL), (16, signal.SIGINT)):
        code, said = stop_after(lmc, provider, answers, how)
        assert code == (130 if how is signal.SIGINT else -signal.SIGKILL)
        assert ("run the same command to go on where it was" in said) == (how is signal.SIGINT)
        assert everything(lmc.folder) == before
    done = lmc("build", "main.lmp", "--json")
    assert done.code == 0
    assert "going on: 43 calls were made before" in done.err
    assert (lmc.folder / "main.lock.json").read_bytes() == lock
    assert sorted(provider.answered) == requests
    assert done.json["served_calls"] == len(requests)


def test_of_two_builds_at_once_the_second_says_so_and_spends_nothing(
    remote: Callable[..., Warm], provider: Provider
) -> None:
    lmc = remote(concurrency=CONCURRENCY)
    provider.most = 10
    first = lmc.start("build", "main.lmp", "--json")
    provider.wait(10 + CONCURRENCY)
    second = lmc("build", "main.lmp")
    assert (second.code, second.out) == (3, "")
    assert f"error[LMP0540]: another build of this program is running: process {first.pid}" in second.err
    assert len(provider.seen) == 10 + CONCURRENCY
    provider.release()
    done = lmc.done(first)
    assert done.code == 0
    assert done.json["served_calls"] == len(provider.answered) == len(set(provider.answered))
    assert lmc("build", "main.lmp", "--frozen", "--check").code == 0


def test_two_projects_may_be_built_at_once(remote: Callable[..., Warm], provider: Provider) -> None:
    lmc = remote(concurrency=CONCURRENCY)
    other = replace(lmc, folder=lmc.folder.with_name("other"))
    shutil.copytree(lmc.folder, other.folder)
    provider.most = 10
    running = [one.start("build", "main.lmp") for one in (lmc, other)]
    provider.wait(10 + 2 * CONCURRENCY)
    provider.release()
    assert [lmc.done(one).code for one in running] == [0, 0]
    locks = [(one.folder / "main.lock.json").read_bytes() for one in (lmc, other)]
    assert locks[0] == locks[1]


def test_ctrl_c_before_the_first_call(remote: Callable[..., Warm], provider: Provider) -> None:
    """While litellm is being imported, which takes seconds."""
    lmc = remote().fresh
    process = lmc.start("build", "main.lmp")
    assert isinstance(process, subprocess.Popen)
    assert process.stderr is not None
    while b"rows:" not in (line := process.stderr.readline()):
        assert line
    process.send_signal(signal.SIGINT)
    done = lmc.done(process)
    assert done.code == 130
    assert not (lmc.folder / "main.lock.json").exists()
