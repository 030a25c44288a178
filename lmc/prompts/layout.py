"""Layouts: how inputs, demonstrations and the reply are written. The default of a call, and those that a search may
try."""

from __future__ import annotations

from lmc.ir.program import Layout, ReplyStyle
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import MEDIA, NULL, Constrained, Field, ListType, MapType, Primitive, RecordType, Type, UnionType
from lmc.prompts.profile import Profile


def label_of(field: Field) -> str:
    """The name of a field in a prompt: its alias, else its name as words."""
    return field.alias or field.name.replace("_", " ").strip().capitalize() or field.name


def unbound(type_: Type, named: Named) -> Type:
    """The type that a name stands for, without its constraints."""
    shape = resolve(type_, named)
    while isinstance(shape, Constrained):
        shape = resolve(shape.type, named)
    return shape


def is_structured(type_: Type, named: Named) -> bool:
    """Whether a value is written as JSON: a list, a map, a record, or a union with one in it."""
    shape = unbound(type_, named)
    if isinstance(shape, UnionType):
        return any(is_structured(member, named) for member in shape.members)
    return isinstance(shape, ListType | MapType | RecordType)


def without_null(type_: Type, named: Named) -> Type:
    """What is left of an optional type."""
    shape = unbound(type_, named)
    if isinstance(shape, UnionType) and NULL in shape.members and len(shape.members) == 2:
        return unbound(next(member for member in shape.members if member != NULL), named)
    return shape


def media_kind(type_: Type, named: Named) -> str | None:
    """`image`, `audio` or `file`, where a value is one; None for all else."""
    shape = without_null(type_, named)
    return shape.name if isinstance(shape, Primitive) and shape in MEDIA else None


def holds_media(type_: Type, named: Named) -> bool:
    """Whether a value is an image, a recording or a file, or a list of some."""
    shape = without_null(type_, named)
    return media_kind(shape.item if isinstance(shape, ListType) else shape, named) is not None


def plainest_reply(outputs: tuple[Field, ...], named: Named) -> ReplyStyle:
    """The plainest reply that the types allow: the bare value of one output, labelled lines of several, JSON where
    one of several is structured."""
    if len(outputs) == 1:
        return "bare"
    return "json" if any(is_structured(field.type, named) for field in outputs) else "fields"


def default_layout(outputs: tuple[Field, ...], named: Named, profile: Profile) -> Layout:
    """The layout of a call that nobody has tuned."""
    return Layout(profile.turns, "plain", plainest_reply(outputs, named))


def candidate_layouts(
    outputs: tuple[Field, ...], named: Named, profile: Profile, *, wide: bool = False
) -> tuple[Layout, ...]:
    """The layouts worth trying, the default first; `wide`: those too that seldom win. A prompt is left without words
    on its types only where the LM can be held to them otherwise."""
    first = default_layout(outputs, named, profile)
    reply = first.reply
    held = profile.constraint != "none"
    found = [first]
    if held:
        found.append(Layout("chat", "plain", reply, "unstated"))
    if profile.completion:
        found += [Layout("completion", "label", reply, "unstated"), Layout("completion", "label", reply)]
    found.append(Layout("block", "label", reply))
    if len(outputs) > 1:
        found.append(Layout("chat", "label", "json" if reply == "fields" else "fields"))
    if wide:
        found += [Layout("chat", "plain", reply), Layout("chat", "label", reply), Layout("chat", "xml", reply)]
        found += [Layout("block", "markdown", reply), Layout("chat", "json", "json")]
    return tuple(dict.fromkeys(found))
