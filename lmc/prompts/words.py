"""What a prompt says of types and fields."""

from __future__ import annotations

from lmc.ir.subtype import Named, resolve
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    Constrained,
    EnumType,
    Field,
    LiteralType,
    Primitive,
    Type,
    UnionType,
)
from lmc.prompts.layout import label_of, unbound
from lmc.prompts.schema import limit_words, shape
from lmc.runtime.prompt import show

PLAIN = {STR: "", INT: "a whole number", FLOAT: "a number", BOOL: "true or false", NULL: "null"}


def plain_instruction(inputs: tuple[Field, ...], outputs: tuple[Field, ...]) -> str:
    """The instruction of a signature that has none."""
    given = " and ".join(label_of(one).lower() for one in inputs)
    wanted = " and ".join(label_of(one).lower() for one in outputs)
    return f"Given the {given}, give the {wanted}."


def one_line(type_: Type, named: Named) -> bool:
    """Whether a value is always on one line."""
    shape_ = unbound(type_, named)
    if isinstance(shape_, UnionType):
        return all(one_line(member, named) for member in shape_.members)
    return shape_ != STR


def value_words(type_: Type, named: Named) -> str:
    """What a value must be, in words; empty for plain text."""
    shape_ = unbound(type_, named)
    match shape_:
        case Primitive() if shape_ in PLAIN:
            return limited(PLAIN[shape_], type_, named)
        case LiteralType(value):
            return show(value, "text")
        case EnumType(values):
            if any(description for _, description in values):
                return "one of:\n" + "\n".join(f"- {name}: {text}" if text else f"- {name}" for name, text in values)
            return "one of " + ", ".join(name for name, _ in values)
        case UnionType(members) if all(isinstance(member, LiteralType) for member in members):
            return "one of " + ", ".join(value_words(member, named) for member in members)
        case UnionType(members):
            words = [value_words(member, named) or "text" for member in members]
            return " or ".join(words)
    return f"JSON: {shape(type_, named)}"


def limited(words: str, type_: Type, named: Named) -> str:
    """The words for a plain value, with its limits behind them."""
    for one in limits_of(type_, named):
        said = limit_words(one, named)
        words = f"{words or 'text'} ({said})" if said else words
    return words


def limits_of(type_: Type, named: Named) -> list[Constrained]:
    """The constraints of a type, the innermost first."""
    found: list[Constrained] = []
    shape_ = resolve(type_, named)
    while isinstance(shape_, Constrained):
        found.insert(0, shape_)
        shape_ = resolve(shape_.type, named)
    return found
