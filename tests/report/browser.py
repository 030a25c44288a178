"""A browser that is driven through its pipe, by the DevTools protocol; it asks no network."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)

ENDS = """
import fcntl, os, sys
inner, outer = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(inner, 3)
os.dup2(outer, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Starts a browser that reads from its descriptor 3 and writes to 4, as it does with `--remote-debugging-pipe`."""


def installed() -> str | None:
    """The path of a browser, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Browser:
    """One page in a browser. `events` is what it told without being asked."""

    program: str
    profile: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        inner, self.out = os.pipe()
        self.back, outer = os.pipe()
        ends = [sys.executable, "-c", ENDS, str(inner), str(outer)]
        command = [*ends, self.program, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, pass_fds=(inner, outer), stdout=quiet, stderr=quiet)
        os.close(inner)
        os.close(outer)
        self.left = b""
        targets = self.ask("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in targets if one["type"] == "page")
        self.session = ""
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    session: str = ""

    def ask(self, method: str, **params: Any) -> Any:
        """Sends a command and gives its result."""
        self.count += 1
        message: dict[str, Any] = {"id": self.count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            found = self.next()
            if found.get("id") == self.count:
                assert "error" not in found, found
                return found["result"]
            self.events.append(found)

    def next(self) -> dict[str, Any]:
        """The next message."""
        while b"\0" not in self.left:
            data = os.read(self.back, 1 << 16)
            assert data, "the browser has ended"
            self.left += data
        one, _, self.left = self.left.partition(b"\0")
        found: dict[str, Any] = json.loads(one)
        return found

    def show(self, url: str, width: int, height: int, dark: bool = False) -> None:
        """Opens a page on a screen of a size in CSS pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.ask("Page.navigate", url=url)
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self.next())

    def value(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def picture(self) -> bytes:
        """The screen as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        """Ends the browser."""
        self.process.terminate()
        self.process.wait(20)
        os.close(self.out)
        os.close(self.back)
