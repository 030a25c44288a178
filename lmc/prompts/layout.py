"""Layouts: how inputs, demonstrations and the reply are written. The default of a call, and those that a search may
try."""

from __future__ import annotations

from lmc.ir.program import Layout, ReplyStyle
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import Field, ListType, RecordType, Type, UnionType
from lmc.prompts.profile import Profile


def label_of(field: Field) -> str:
    """The name of a field in a prompt: its alias, else its name as words."""
    return field.alias or field.name.replace("_", " ").strip().capitalize() or field.name


def is_structured(type_: Type, named: Named) -> bool:
    """Whether a value is written as JSON: a list, a record, or a union with one in it."""
    shape = resolve(type_, named)
    if isinstance(shape, UnionType):
        return any(is_structured(member, named) for member in shape.members)
    return isinstance(shape, ListType | RecordType)


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
