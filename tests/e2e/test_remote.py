"""A remote LM, for real but for the provider: over loopback and through litellm."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.conftest import Shell
from tests.e2e.provider import Provider


def test_x(remote: Callable[..., Shell], provider: Provider) -> None:
    lmc = remote(retries=1, concurrency=4)
    found = lmc("build", "main.lmp", "--json")
    print(found.err, found.out, found.code, len(provider.seen))
    print(provider.seen[0])
    assert 0
