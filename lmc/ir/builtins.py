"""The pure functions of the language: what they take and give, and their names in the runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lmc.ir.subtype import base
from lmc.ir.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    STR,
    UNKNOWN,
    Field,
    ListType,
    LiteralType,
    MapType,
    RecordType,
    Type,
    UnionType,
    optional,
    union,
)

LIST = ListType(UNKNOWN)
NUMBER = UnionType((INT, FLOAT))
NUMBERS = ListType(NUMBER)
TEXT_OR_LIST = UnionType((STR, LIST))
CONDITIONS = ListType(BOOL)
MAP = MapType(UNKNOWN)
SIZED = UnionType((STR, LIST, MAP))
VERDICT = UnionType((STR, INT, FLOAT, BOOL, NULL))


def item(arguments: tuple[Type, ...]) -> Type:
    """The type of an item of the first argument."""
    first = base(arguments[0])
    return first.item if isinstance(first, ListType) else UNKNOWN


def maybe_item(arguments: tuple[Type, ...]) -> Type:
    """The type of an item of the first argument, or null."""
    return optional(item(arguments))


def same(arguments: tuple[Type, ...]) -> Type:
    """The type of the first argument, of a literal its primitive."""
    return broad(arguments[0])


def broad(type_: Type) -> Type:
    """The primitive for a literal, an enum and a union of some; other types as they are."""
    return union(*map(base, type_.members)) if isinstance(type_, UnionType) else base(type_)


def value(arguments: tuple[Type, ...]) -> Type:
    """The type of the values of the first argument, a map or a record."""
    first = base(arguments[0])
    if isinstance(first, RecordType):
        return union(*(one.type for one in first.fields)) if first.fields else UNKNOWN
    return first.value if isinstance(first, MapType) else UNKNOWN


def values(arguments: tuple[Type, ...]) -> Type:
    """A list of the values of the first argument."""
    return ListType(value(arguments))


def maybe_value(arguments: tuple[Type, ...]) -> Type:
    """The type of a value of the first argument, or null."""
    return optional(value(arguments))


def with_value(arguments: tuple[Type, ...]) -> Type:
    """A map of what the first argument holds and the third."""
    return map_of(value(arguments[:1]) if not empty(arguments[0]) else None, arguments[2])


def merged(arguments: tuple[Type, ...]) -> Type:
    """A map of what both arguments hold."""
    return map_of(*(value((one,)) for one in arguments if not empty(one)))


def map_of(*members: Type | None) -> Type:
    """The type of a map with values of these types."""
    known = [broad(one) for one in members if one is not None]
    return MapType(union(*known) if known else UNKNOWN)


def entries(arguments: tuple[Type, ...]) -> Type:
    """A list of records of the names and values of the first argument."""
    return ListType(RecordType((Field("key", STR), Field("value", value(arguments)))))


def empty(type_: Type) -> bool:
    """Whether it is the type of a record without fields."""
    return isinstance(type_, RecordType) and not type_.fields


def flat(arguments: tuple[Type, ...]) -> Type:
    """The type of the first argument's items joined; those that are no lists stay."""
    inner = item(arguments)
    members = inner.members if isinstance(inner, UnionType) else (inner,)
    return ListType(union(*(member.item if isinstance(member, ListType) else member for member in members)))


def longer(arguments: tuple[Type, ...]) -> Type:
    """A list of items of the first argument, and the second one."""
    before, added = item(arguments), arguments[1]
    if before == UNKNOWN:
        return ListType(added)
    return ListType(before if broad(added) == before else union(before, added))


def pieces(arguments: tuple[Type, ...]) -> Type:
    """A list of lists of the first argument's items."""
    return ListType(ListType(item(arguments)))


def pairs(arguments: tuple[Type, ...]) -> Type:
    """A list of records of an item of each argument."""
    first, second = item(arguments[:1]), item(arguments[1:])
    return ListType(RecordType((Field("first", first), Field("second", second))))


def numbered(arguments: tuple[Type, ...]) -> Type:
    """A list of records of an item of the first argument and its place."""
    return ListType(RecordType((Field("index", INT), Field("value", item(arguments)))))


def counted(arguments: tuple[Type, ...]) -> Type:
    """A list of records of an item of the first argument and how often it occurs."""
    return ListType(RecordType((Field("value", item(arguments)), Field("count", INT))))


def grouped(arguments: tuple[Type, ...]) -> Type:
    """A list of records of a value of the field that the second argument names, and the items that have it."""
    inner, name = item(arguments), arguments[1]
    key: Type = UNKNOWN
    if isinstance(inner, RecordType) and isinstance(name, LiteralType):
        key = next((one.type for one in inner.fields if one.name == name.value), UNKNOWN)
    return ListType(RecordType((Field("key", key), Field("items", ListType(inner)))))


def number_of(arguments: tuple[Type, ...]) -> Type:
    """The type of a number that is one of the arguments."""
    kinds = {broad(one) for one in arguments}
    return UNKNOWN if UNKNOWN in kinds else INT if kinds == {INT} else FLOAT


def total(arguments: tuple[Type, ...]) -> Type:
    """The type of a sum of the first argument's items."""
    members = broad(item(arguments))
    return FLOAT if members == UnionType((INT, FLOAT)) or members == UnionType((FLOAT, INT)) else members


def without_null(arguments: tuple[Type, ...]) -> Type:
    """The type of the first argument without null, or of the second."""
    first, second = arguments
    kept = [member for member in (first.members if isinstance(first, UnionType) else (first,)) if member != NULL]
    return union(*kept) if kept and base(second) in kept else union(*kept, second)


class Builtin(NamedTuple):
    """A function: the types of its parameters, the type of its value (or how it follows from the arguments' types),
    and the name of its implementation in the runtime."""

    params: tuple[Type, ...]
    returns: Type | Callable[[tuple[Type, ...]], Type]
    runtime: str


BUILTINS: dict[str, Builtin] = {
    "lower": Builtin((STR,), STR, "lower"),
    "upper": Builtin((STR,), STR, "upper"),
    "strip": Builtin((STR,), STR, "strip"),
    "split": Builtin((STR, STR), ListType(STR), "split"),
    "lines": Builtin((STR,), ListType(STR), "lines"),
    "join": Builtin((LIST, STR), STR, "join"),
    "replace": Builtin((STR, STR, STR), STR, "replace"),
    "starts_with": Builtin((STR, STR), BOOL, "starts_with"),
    "ends_with": Builtin((STR, STR), BOOL, "ends_with"),
    "matches": Builtin((STR, STR), BOOL, "matches"),
    "extract": Builtin((STR, STR), optional(STR), "extract"),
    "first": Builtin((LIST,), maybe_item, "first"),
    "last": Builtin((LIST,), maybe_item, "last"),
    "take": Builtin((LIST, INT), same, "take"),
    "unique": Builtin((LIST,), same, "unique"),
    "reverse": Builtin((LIST,), same, "reverse"),
    "sort": Builtin((LIST,), same, "sort"),
    "sum": Builtin((NUMBERS,), total, "sum_of"),
    "min": Builtin((LIST,), maybe_item, "least"),
    "max": Builtin((LIST,), maybe_item, "greatest"),
    "most_common": Builtin((LIST,), maybe_item, "most_common"),
    "len": Builtin((SIZED,), INT, "length"),
    "abs": Builtin((NUMBER,), same, "absolute"),
    "round": Builtin((NUMBER, INT), FLOAT, "rounded"),
    "text": Builtin((UNKNOWN,), STR, "text"),
    "json": Builtin((UNKNOWN,), STR, "as_json"),
    "number": Builtin((STR,), optional(FLOAT), "number"),
    "default": Builtin((UNKNOWN, UNKNOWN), without_null, "default"),
    "range": Builtin((INT,), ListType(INT), "count_to"),
    "slice": Builtin((TEXT_OR_LIST, INT, INT), same, "slice_of"),
    "title": Builtin((STR,), STR, "in_title"),
    "capitalize": Builtin((STR,), STR, "capitalized"),
    "remove_prefix": Builtin((STR, STR), STR, "remove_prefix"),
    "remove_suffix": Builtin((STR, STR), STR, "remove_suffix"),
    "truncate": Builtin((STR, INT), STR, "truncated"),
    "pad_start": Builtin((STR, INT, STR), STR, "pad_start"),
    "pad_end": Builtin((STR, INT, STR), STR, "pad_end"),
    "words": Builtin((STR,), ListType(STR), "words_of"),
    "sentences": Builtin((STR,), ListType(STR), "sentences_of"),
    "extract_all": Builtin((STR, STR), ListType(STR), "extract_all"),
    "substitute": Builtin((STR, STR, STR), STR, "substitute"),
    "format_number": Builtin((NUMBER, INT), STR, "format_number"),
    "count": Builtin((TEXT_OR_LIST, UNKNOWN), INT, "count_of"),
    "index_of": Builtin((TEXT_OR_LIST, UNKNOWN), optional(INT), "index_of"),
    "drop": Builtin((LIST, INT), same, "drop"),
    "append": Builtin((LIST, UNKNOWN), longer, "append"),
    "flatten": Builtin((LIST,), flat, "flatten"),
    "chunks": Builtin((LIST, INT), pieces, "chunks"),
    "zip": Builtin((LIST, LIST), pairs, "zipped"),
    "enumerate": Builtin((LIST,), numbered, "numbered"),
    "without": Builtin((LIST, LIST), same, "without"),
    "common": Builtin((LIST, LIST), same, "common"),
    "sort_by": Builtin((LIST, STR), same, "sort_by"),
    "group_by": Builtin((LIST, STR), grouped, "group_by"),
    "counts": Builtin((LIST,), counted, "counts_of"),
    "any": Builtin((CONDITIONS,), BOOL, "any_of"),
    "all": Builtin((CONDITIONS,), BOOL, "all_of"),
    "mean": Builtin((NUMBERS,), optional(FLOAT), "mean_of"),
    "floor": Builtin((NUMBER,), INT, "floor_of"),
    "ceil": Builtin((NUMBER,), INT, "ceil_of"),
    "clamp": Builtin((NUMBER, NUMBER, NUMBER), number_of, "clamp"),
    "keys": Builtin((MAP,), ListType(STR), "map_keys"),
    "values": Builtin((MAP,), values, "values_of"),
    "entries": Builtin((MAP,), entries, "entries_of"),
    "get": Builtin((MAP, STR), maybe_value, "get_of"),
    "put": Builtin((MAP, STR, UNKNOWN), with_value, "put_in"),
    "merge": Builtin((MAP, MAP), merged, "merged_maps"),
    "winner": Builtin((LIST, ListType(STR)), item, "winner"),
    "decided": Builtin((LIST, INT, ListType(STR)), BOOL, "decided"),
    "best": Builtin((LIST, NUMBERS), item, "best"),
    "fenced": Builtin((STR,), STR, "fenced"),
}

COSTS: dict[str, Builtin] = {
    "calls": Builtin((), INT, "calls"),
    "tokens": Builtin((), INT, "tokens"),
    "dollars": Builtin((), FLOAT, "dollars"),
    "seconds": Builtin((), FLOAT, "seconds"),
}
"""What the run took whose value a metric scores: only an evaluation knows it, see `lmc.evaluate.metric`."""

SCORED = (UNKNOWN, UNKNOWN)

METRICS: dict[str, Builtin] = {
    "exact": Builtin(SCORED, BOOL, "exact"),
    "same": Builtin(SCORED, BOOL, "same"),
    "contains": Builtin(SCORED, BOOL, "contains"),
    "close": Builtin((UNKNOWN, UNKNOWN, FLOAT), BOOL, "close"),
    "f1": Builtin(SCORED, FLOAT, "f1"),
    "set_f1": Builtin(SCORED, FLOAT, "set_f1"),
    "one_of": Builtin(SCORED, BOOL, "one_of"),
    "passage_match": Builtin(SCORED, BOOL, "passage_match"),
    "regex": Builtin(SCORED, BOOL, "regex"),
    "list_f1": Builtin(SCORED, FLOAT, "list_f1"),
    "recall": Builtin(SCORED, FLOAT, "recall"),
    "precision": Builtin(SCORED, FLOAT, "precision"),
    "reciprocal_rank": Builtin(SCORED, FLOAT, "reciprocal_rank"),
    "entity_f1": Builtin(SCORED, FLOAT, "entity_f1"),
    "json_match": Builtin(SCORED, FLOAT, "json_match"),
    "rouge_l": Builtin(SCORED, FLOAT, "rouge_l"),
    "bleu": Builtin(SCORED, FLOAT, "bleu"),
    "edit_similarity": Builtin(SCORED, FLOAT, "edit_similarity"),
    "weighted": Builtin((ListType(UnionType((BOOL, INT, FLOAT))), NUMBERS), FLOAT, "weighted"),
    "preference": Builtin((VERDICT, VERDICT), FLOAT, "preference"),
    **COSTS,
}
"""The functions that metrics have besides; their implementations are in `lmc.runtime.score`, `overlap` and
`wording`."""
