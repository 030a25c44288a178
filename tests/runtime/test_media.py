"""Values of the types image, audio and file as content parts."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from lmc.runtime.media import MediaError, content_part

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
WAV = b"RIFF\x00\x00\x00\x00WAVEfmt "
PDF = b"%PDF-1.7\n"
ENCODED = base64.b64encode(PNG).decode()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "in").mkdir()
    for name, data in (
        ("a.png", PNG),
        ("photo", PNG),
        ("b.wav", WAV),
        ("c.pdf", PDF),
        ("odd.xyz1", b"??"),
        ("no.png", b""),
    ):
        (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "outside.png").write_bytes(PNG)
    return str(tmp_path / "in")


@pytest.mark.parametrize("value", ["a.png", "photo", {"path": "a.png"}, {"path": "photo", "mime": "image/png"}])
def test_an_image_from_a_file_is_a_data_url(folder: str, value: Any) -> None:
    url = f"data:image/png;base64,{ENCODED}"
    assert content_part("image", value, folder) == {"type": "image_url", "image_url": {"url": url}}


@pytest.mark.parametrize("url", ["https://example.org/a.png", "HTTP://example.org/a"])
def test_the_url_of_an_image_is_sent_as_it_is(url: str) -> None:
    for value in (url, {"url": url}):
        assert content_part("image", value) == {"type": "image_url", "image_url": {"url": url}}


def test_bytes_may_be_given(folder: str) -> None:
    url = f"data:image/png;base64,{ENCODED}"
    for value in (url, {"url": url}, {"data": ENCODED}, {"data": ENCODED, "mime": "image/png"}):
        assert content_part("image", value)["image_url"]["url"] == url


def test_audio_and_files(folder: str) -> None:
    audio = content_part("audio", "b.wav", folder)
    assert audio == {"type": "input_audio", "input_audio": {"data": base64.b64encode(WAV).decode(), "format": "wav"}}
    assert content_part("audio", {"data": "SUQz", "mime": "audio/mpeg"})["input_audio"]["format"] == "mp3"
    data = f"data:application/pdf;base64,{base64.b64encode(PDF).decode()}"
    assert content_part("file", "c.pdf", folder) == {"type": "file", "file": {"filename": "c.pdf", "file_data": data}}


@pytest.mark.parametrize(
    "path", ["../outside.png", "../in/../outside.png", "link.png", "/etc/passwd", "linked/outside.png"]
)
def test_no_file_outside_the_folder_is_read(folder: str, path: str) -> None:
    os.symlink("../outside.png", os.path.join(folder, "link.png"))
    os.symlink("..", os.path.join(folder, "linked"))
    with pytest.raises(MediaError, match="outside the folder"):
        content_part("image", path, folder)


def test_a_file_outside_is_read_where_that_is_allowed(folder: str) -> None:
    assert content_part("image", "../outside.png", folder, outside=True)["type"] == "image_url"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("image", 3, "must be a path, a URL, or a record"),
        ("image", {}, "must be a path, a URL, or a record"),
        ("image", {"path": "a.png", "url": "http://x"}, "with one of"),
        ("image", {"path": 3}, "must be text"),
        ("image", {"url": "ftp://x"}, "must begin with"),
        ("image", "none.png", "cannot be read: no such file"),
        ("image", ".", "is not a file"),
        ("image", "a\0b", "cannot be read"),
        ("image", "no.png", "is empty"),
        ("image", "b.wav", "is no image"),
        ("image", "data:image/png,abc", "base64"),
        ("image", {"data": "not base64!"}, "not base64"),
        ("image", {"data": "AAAA"}, "give `mime`"),
        ("audio", "https://example.org/a.wav", "download it"),
        ("file", "odd.xyz1", "give `mime`"),
    ],
)
def test_what_cannot_be_sent_is_told(folder: str, kind: Any, value: Any, words: str) -> None:
    with pytest.raises(MediaError, match=words) as failed:
        content_part(kind, value, folder)
    assert str(failed.value).startswith(kind)


def test_nothing_too_long_is_sent(folder: str) -> None:
    assert content_part("image", "a.png", folder, most=16)
    for value in ("a.png", {"data": base64.b64encode(bytes(64)).decode(), "mime": "image/png"}):
        with pytest.raises(MediaError, match="longer than 15 bytes"):
            content_part("image", value, folder, most=15)
