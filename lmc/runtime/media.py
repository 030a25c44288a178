"""Images, audio and files as the content parts of a message."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

Part: TypeAlias = dict[str, Any]
"""A content part of OpenAI's protocol: `text`, `image_url`, `input_audio` or `file`."""

MOST_BYTES = 20 * 2**20
"""The longest image, recording or file, in bytes."""


class MediaError(ValueError):
    """A value of type image, audio or file that cannot be sent."""


def content_part(
    kind: Literal["image", "audio", "file"],
    value: Any,
    base: str = ".",
    *,
    outside: bool = False,
    most: int = MOST_BYTES,
) -> Part:
    """The content part of a value: a path (below the folder `base`, unless `outside` is allowed), an http(s) or data
    URL, or a record with one of `path`, `url` and `data` (base64), and with `mime` where that does not follow. Files
    are read and sent within the request; URLs of images are sent as they are, the provider fetches them. Raises
    MediaError, whose message names the kind and what to do."""
    record = {"url" if is_url(value) else "path": value} if isinstance(value, str) else value
    if (
        not isinstance(record, dict)
        or len(given := [name for name in ("path", "url", "data") if record.get(name)]) != 1
    ):
        raise MediaError(f"{kind} must be a path, a URL, or a record with one of `path`, `url` and `data`")
    source = record[given[0]]
    if not isinstance(source, str):
        raise MediaError(f"{kind}: `{given[0]}` must be text")
    if given[0] == "url" and not is_url(source):
        raise MediaError(f"{kind}: `url` must begin with http://, https:// or data:")
    if given[0] == "url" and not source.startswith("data:"):
        if kind != "image":
            raise MediaError(f"{kind} cannot be sent as a URL: download it and give its path")
        return {"type": "image_url", "image_url": {"url": source}}
    mime, data, name = loaded(kind, given[0], source, base, outside, most)
    mime = record.get("mime") or mime or detected(data)
    if not mime:
        raise MediaError(f"{kind}: its format is not known: give `mime`, such as {EXAMPLES[kind]}")
    return media_part(kind, str(mime), data, name)


EXAMPLES = {"image": "image/png", "audio": "audio/wav", "file": "application/pdf"}


def is_url(text: str) -> bool:
    """Whether a text is a URL that a value may have."""
    return text.lower().startswith(("http://", "https://", "data:"))


def loaded(kind: str, source: str, text: str, base: str, outside: bool, most: int) -> tuple[str | None, bytes, str]:
    """The MIME type, as far as it is known, the bytes and the file name of a value."""
    import base64
    import binascii
    import mimetypes
    import os

    if source == "path":
        data = file_bytes(kind, text, base, outside, most)
        return mimetypes.guess_type(text, strict=False)[0], data, os.path.basename(text)
    mime, encoded = None, text
    if source == "url":
        head, comma, encoded = text[5:].partition(",")
        mime = head.split(";")[0] or None
        if not comma or not head.endswith(";base64"):
            raise MediaError(f"{kind}: a data URL must be written data:TYPE;base64,…")
    if len(encoded) > most * 4 // 3 + 4:
        raise MediaError(f"{kind} is longer than {most:,} bytes")
    try:
        return mime, base64.b64decode(encoded, validate=True), ""
    except (binascii.Error, ValueError):
        raise MediaError(f"{kind}: its data is not base64") from None


def file_bytes(kind: str, path: str, base: str, outside: bool, most: int) -> bytes:
    """The bytes of a file. Its real path counts, so no link leads out of the folder."""
    import os
    import stat

    try:
        real, folder = os.path.realpath(os.path.join(base, path)), os.path.realpath(base)
        if not outside and os.path.commonpath([folder, real]) != folder:
            raise MediaError(f"{kind} `{path}` is outside the folder `{base}`: copy it there, or allow files outside")
        found = os.stat(real)
        if not stat.S_ISREG(found.st_mode):
            raise MediaError(f"{kind} `{path}` is not a file")
        if found.st_size > most:
            raise MediaError(f"{kind} `{path}` is longer than {most:,} bytes")
        with open(real, "rb") as file:
            return file.read(most)
    except MediaError:
        raise
    except (OSError, ValueError) as problem:
        said = getattr(problem, "strerror", None) or str(problem)
        raise MediaError(f"{kind} `{path}` cannot be read: {said.lower()}") from None


def detected(data: bytes) -> str | None:
    """The MIME type that the first bytes tell (WHATWG MIME Sniffing, 6)."""
    for start, mime in (
        (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"),
        (b"%PDF-", "application/pdf"), (b"ID3", "audio/mpeg"), (b"fLaC", "audio/flac"), (b"OggS", "audio/ogg"),
    ):  # fmt: skip
        if data.startswith(start):
            return mime
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12])
    return None


def media_part(kind: str, mime: str, data: bytes, name: str) -> Part:
    """The content part that holds the bytes."""
    import base64

    if not data:
        raise MediaError(f"{kind} is empty")
    if kind != "file" and not mime.startswith(f"{kind}/"):
        raise MediaError(f"{kind} is of type {mime}, which is no {kind}")
    text = base64.b64encode(data).decode("ascii")
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": f"data:{mime};base64,{text}"}}
    if kind == "audio":
        form = mime.partition("/")[2].removeprefix("x-")
        form = {"mpeg": "mp3", "wave": "wav", "vnd.wave": "wav"}.get(form, form)
        return {"type": "input_audio", "input_audio": {"data": text, "format": form}}
    return {"type": "file", "file": {"filename": name or "file", "file_data": f"data:{mime};base64,{text}"}}
