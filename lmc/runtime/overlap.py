"""The functions of metrics that compare lists, records and entities, item by item."""

from __future__ import annotations

from typing import Any

from lmc.runtime.score import bag_f1, exact, normalised, same, shared


def set_f1(want: Any, got: Any) -> float:
    """The F1 of two lists whatever their order, items compared as `same` does. Lists are multisets: an item that is
    given more often than it was wanted is wrong as often as that, so repeating costs. A record counts as the list of
    its fields, one item for each value of a field that is a list; any other value as a list of one. Two empty lists: 1;
    one of them: 0. Symmetric."""
    if want is None or got is None:
        return float(want is got)
    return bag_f1(canonical_items(want), canonical_items(got))


def list_f1(want: Any, got: Any) -> float:
    """The F1 of two lists in their order: twice the length of their longest common subsequence over the sum of their
    lengths, items compared as `same` does. Two empty lists: 1; one of them: 0. Symmetric."""
    if want is None or got is None:
        return float(want is got)
    left, right = canonical_items(want), canonical_items(got)
    return 2 * common_length(left, right) / (len(left) + len(right)) if left or right else 1.0


def recall(want: Any, got: Any) -> float:
    """The share of wanted items that were given, as `set_f1` compares them; of retrieved passages it is recall at k,
    where k of them are given. Nothing wanted: 1."""
    if want is None or got is None:
        return float(want is got)
    wanted = canonical_items(want)
    return shared(wanted, canonical_items(got)) / len(wanted) if wanted else 1.0


def precision(want: Any, got: Any) -> float:
    """The share of given items that were wanted, as `set_f1` compares them. Nothing given: 1 where nothing was wanted,
    else 0."""
    if want is None or got is None:
        return float(want is got)
    wanted, given = canonical_items(want), canonical_items(got)
    return shared(wanted, given) / len(given) if given else float(not wanted)


def reciprocal_rank(want: Any, got: Any) -> float:
    """One over the place, from 1, of the first given item that is the `same` as a wanted one; 0 where none is
    (Voorhees 1999). Its mean over rows is the MRR."""
    if want is None or got is None:
        return float(want is got)
    wanted = want if isinstance(want, list) else [want]
    for place, item in enumerate(got if isinstance(got, list) else [got], 1):
        if any(same(one, item) for one in wanted):
            return 1 / place
    return 0.0


def entity_f1(want: Any, got: Any) -> float:
    """The F1 of extracted entities, all or nothing: one is right when every field that wanted entities have (text,
    label, start, end, …) is equal, but for white space at the ends of texts; fields that none of them has do not count.
    The order does not matter, and each wanted entity is found once (CoNLL 2003, Tjong Kim Sang and De Meulder: exact
    spans and types). It is of one row: the mean over rows is not the F1 over the corpus. No entities on both sides: 1;
    on one: 0."""
    if want is None or got is None:
        return float(want is got)
    wanted = want if isinstance(want, list) else [want]
    given = got if isinstance(got, list) else [got]
    fields = {name for one in wanted if isinstance(one, dict) for name in one}
    return bag_f1([literal_key(one, fields) for one in wanted], [literal_key(one, fields) for one in given])


def json_match(want: Any, got: Any) -> float:
    """The share of values that are equal, over all that either side has: records field by field, however deep, lists
    item by item in order, numbers, truth values and texts as `exact` compares them. A field that is null counts as one
    that is not there. A text that is JSON is read. No values on both sides: 1. Symmetric."""
    if want is None or got is None:
        return float(want is got)
    left, right = leaves_of(read_json(want)), leaves_of(read_json(got))
    paths = {**left, **right}
    met = sum(path in left and path in right and exact(left[path], right[path]) for path in paths)
    return met / len(paths) if paths else 1.0


def leaves_of(value: Any) -> dict[tuple[Any, ...], Any]:
    """The values in a value that are neither null nor hold others, by their paths."""
    found: dict[tuple[Any, ...], Any] = {}
    queue: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    while queue:
        path, one = queue.pop()
        if isinstance(one, dict) and one:
            queue += [((*path, name), item) for name, item in one.items()]
        elif isinstance(one, list) and one:
            queue += [((*path, place), item) for place, item in enumerate(one)]
        elif one is not None:
            found[path] = one
    return found


def read_json(value: Any) -> Any:
    """What a text that is JSON says; other values as they are."""
    import json

    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def canonical_items(value: Any) -> list[str]:
    """The items of what is taken as a list, as texts that are equal for items that are the `same`."""
    import json

    if isinstance(value, dict):
        value = [
            [name, item] for name, items in value.items() for item in (items if isinstance(items, list) else [items])
        ]
    items = value if isinstance(value, list) else [value]
    return [json.dumps(simplified(item), sort_keys=True) for item in items]


def simplified(value: Any) -> Any:
    """The value with its texts normalised and its whole numbers integers."""
    if isinstance(value, str):
        return normalised(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [simplified(item) for item in value]
    return {name: simplified(item) for name, item in value.items()} if isinstance(value, dict) else value


def literal_key(value: Any, fields: set[str]) -> str:
    """A text that two values share if they are equal, of records by these fields, but for white space at the ends of
    texts."""
    import json

    if isinstance(value, dict) and fields:
        value = {name: item for name, item in value.items() if name in fields}
    return json.dumps(stripped(value), sort_keys=True)


def stripped(value: Any) -> Any:
    """The value with its texts stripped and its whole numbers integers."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [stripped(item) for item in value]
    return {name: stripped(item) for name, item in value.items()} if isinstance(value, dict) else value


def common_length(left: list[str], right: list[str]) -> int:
    """The length of the longest common subsequence, in a word operation for each item and 64 others (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, item in enumerate(left):
        places[item] = places.get(item, 0) | 1 << place
    every = (1 << len(left)) - 1
    row = every
    for item in right:
        met = row & places.get(item, 0)
        row = ((row + met) | (row - met)) & every
    return len(left) - row.bit_count()
