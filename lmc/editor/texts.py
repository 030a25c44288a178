"""Completion within texts: files, LMs, the values of a type, and the names in a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lmc.editor.document import Document
from lmc.editor.offers import Offer
from lmc.editor.options import option_of
from lmc.editor.places import Frame, frames, piece_of, tokens_before
from lmc.editor.visible import chain_type, fields_of, signature_at, type_before, values_of
from lmc.elaborate.jinja.expressions import SLOTS
from lmc.ir.types import UNKNOWN, RecordType, Type, UnknownType, show
from lmc.syntax.tokens import Token

ROWS = (".jsonl", ".json", ".csv", ".parquet")
PROVIDERS = ("openai/", "anthropic/", "gemini/", "ollama/", "local/")
MOST_FILES = 200

SIDES = frozenset(("EQ", "NE"))
MESSAGES = frozenset(("PROMPT", "SYSTEM", "USER", "ASSISTANT"))


def in_text(document: Document, token: Token, offset: int) -> tuple[int, Iterator[Offer]]:
    """What could be written in a text, and where that begins."""
    quotes = 3 if document.text.startswith('"""', token.start) else 1
    start = min(token.start + quotes, offset)
    tokens = tokens_before(document, token.start)
    written = document.text[start:offset]
    piece = piece_of(tokens, document.text)
    last = tokens[-1] if tokens else None
    word = (last.soft or last.terminal) if last is not None else ""
    if word in MESSAGES:
        return in_prompt(document, start, offset)
    endings = file_endings(piece, word)
    if endings is not None:
        return offset - len(written.rpartition("/")[2]), files(document, written, endings)
    if piece and piece[0].text == "lm" and len(piece) == 3:
        return start, models()
    return start, typed(document, tokens, word)


def file_endings(piece: Sequence[Token], word: str) -> tuple[str, ...] | None:
    """The endings of the files that a text names; None where it names none."""
    head = piece[0].text if piece else ""
    match head, word:
        case "import", "IMPORT" | "FROM":
            return (".lmp",)
        case "data", "EQUAL" | "COLON":
            return ROWS
        case "retriever", "EQUAL":
            return (*ROWS, ".txt")
        case "extern", "NAME":
            return (".py",)
        case "signature", "FROM":
            return ("",)
        case "test", "COLON" if piece[-2].text == "recorded":
            return ("",)
    return None


def files(document: Document, written: str, endings: tuple[str, ...]) -> Iterator[Offer]:
    """The files and folders beside the program, or in the folder that is written already; none out of the project."""
    root = document.analysis.loaded.root
    folder = (document.path.parent / written.rpartition("/")[0].replace("\0", "")).resolve()
    if not folder.is_relative_to(root) or not folder.is_dir():
        return
    try:
        entries = sorted(folder.iterdir())[:MOST_FILES]
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry == document.path:
            continue
        if entry.is_dir():
            yield Offer(f"{entry.name}/", "folder", "", "", 1)
        elif entry.name.endswith(endings):
            yield Offer(entry.name, "file", "", "", 0)


def models() -> Iterator[Offer]:
    """LMs of this machine, and those who provide others."""
    from lmc.lm.models import installed
    from lmc.lm.registry import REGISTRY

    names = dict.fromkeys((*(one.name for one in installed()), *(one.name for one in REGISTRY)))
    yield from (Offer(f"local/{one}", "value", "runs in this process", "", 0) for one in names)
    yield from (Offer(one, "value", "a provider", "", 1) for one in PROVIDERS)


def typed(document: Document, tokens: Sequence[Token], word: str) -> Iterator[Offer]:
    """The values that the type of what is compared, given or demonstrated has."""
    stack = frames(tokens, document.text)
    frame = stack[-1] if stack else None
    if word == "COLON" and frame is not None and len(tokens) > 1:
        option = option_of(frame.kind, tokens[-2].text)
        if option is not None:
            yield from (Offer(one.strip('"'), "value", "", "", 0) for one in option.values if one.startswith('"'))
            return
    type_ = wanted(document, tokens, word, frame)
    yield from (Offer(value, "value", "", text, 0) for value, text in values_of(document.analysis, type_))


def wanted(document: Document, tokens: Sequence[Token], word: str, frame: Frame | None) -> Type:
    """The type of what should stand behind some tokens."""
    analysis = document.analysis
    if word in SIDES and len(tokens) > 1:
        found = type_before(analysis, tokens[-2].end)
        return chain_type(document, tokens[:-1]) if isinstance(found, UnknownType) else found
    if word in ("LSQB", "COMMA", "IN"):
        place = next((i for i in range(len(tokens) - 1, 0, -1) if tokens[i].terminal == "IN"), 0)
        return type_before(analysis, tokens[place - 1].end) if place else UNKNOWN
    if word == "CASE":
        place = next((i for i in range(len(tokens) - 1, 0, -1) if tokens[i].terminal == "MATCH"), 0)
        opened = next((one for one in tokens[place:] if one.terminal == "LBRACE"), None)
        before = [one for one in tokens[place:] if opened is not None and one.end <= opened.start]
        return type_before(analysis, before[-1].end) if before else UNKNOWN
    if word == "COLON" and frame is not None and frame.kind == "demo" and len(tokens) > 1:
        node = signature_at(document, tokens[-1].start)
        entity = analysis.entities.get(node.name.span) if node else None
        world = analysis.notes.world
        if entity is not None and world is not None:
            sides = (*world.inputs.get(entity.name, ()), *world.outputs.get(entity.name, ()))
            return next((one.type for one in sides if one.name == tokens[-2].text), UNKNOWN)
    return UNKNOWN


def in_prompt(document: Document, start: int, offset: int) -> tuple[int, Iterator[Offer]]:
    """What could be written in a prompt: in a hole, the inputs of the signature, slots and filters."""
    from lmc.elaborate.jinja.filters import FILTERS

    written = document.text[start:offset]
    opened = max(written.rfind("{{"), written.rfind("{%"))
    if opened < 0 or re.search(r"[}%]\}", written[opened:]):
        return offset, iter(())
    begun = re.search(r"(\w+(?:\.\w+)*\.)?(\w*)$", written[opened + 2 :])
    assert begun is not None
    place = offset - len(begun[2])
    if written[opened + 2 : len(written) - len(begun[2])].rstrip().endswith("|"):
        return place, (Offer(one, "function", "", "", 1) for one in FILTERS)
    node = signature_at(document, start)
    entity = document.analysis.entities.get(node.name.span) if node else None
    world = document.analysis.notes.world
    inputs = world.inputs.get(entity.name, ()) if entity is not None and world is not None else ()
    if begun[1]:
        type_: Type = RecordType(inputs)
        for name in begun[1].rstrip(".").split("."):
            type_ = next((one.type for one in fields_of(document.analysis, type_) if one.name == name), UNKNOWN)
        known = fields_of(document.analysis, type_)
        return place, (Offer(one.name, "field", show(one.type), one.description, 0) for one in known)
    offered = [Offer(one.name, "variable", show(one.type), one.description, 0) for one in inputs]
    return place, iter((*offered, *(Offer(one, "keyword", "", "", 1) for one in SLOTS)))
