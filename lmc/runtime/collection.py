"""The pure functions of the language on lists and maps, as the interpreter and emitted code run them."""

from __future__ import annotations

from typing import Any


def first(items: list[Any]) -> Any:
    """The first item, or null when there is none."""
    return items[0] if items else None


def last(items: list[Any]) -> Any:
    """The last item, or null when there is none."""
    return items[-1] if items else None


def take(items: list[Any], count: int) -> list[Any]:
    """The first `count` items."""
    return items[: max(count, 0)]


def unique(items: list[Any]) -> list[Any]:
    """The items without those that came before."""
    import json

    seen: dict[str, Any] = {}
    for item in items:
        seen.setdefault(json.dumps(item, sort_keys=True), item)
    return list(seen.values())


def reverse(items: list[Any]) -> list[Any]:
    """The items from last to first."""
    return items[::-1]


def sort(items: list[Any]) -> list[Any]:
    """The items in ascending order."""
    return sorted(items)


def least(items: list[Any]) -> Any:
    """The least of the items, or null when there is none."""
    return min(items, default=None)


def greatest(items: list[Any]) -> Any:
    """The greatest of the items, or null when there is none."""
    return max(items, default=None)


def most_common(items: list[Any]) -> Any:
    """The item that occurs most often, the earliest of several, or null when there is none."""
    import json

    counts: dict[str, int] = {}
    values: dict[str, Any] = {}
    for item in items:
        key = json.dumps(item, sort_keys=True)
        counts[key] = counts.get(key, 0) + 1
        values.setdefault(key, item)
    return values[max(counts, key=lambda key: counts[key])] if counts else None


def count_to(end: int) -> list[int]:
    """The whole numbers from 0 up to, and without, `end`."""
    return list(range(end))


def drop(items: list[Any], count: int) -> list[Any]:
    """The items without the first `count`."""
    return items[max(count, 0) :]


def append(items: list[Any], item: Any) -> list[Any]:
    """The items, and one more."""
    return [*items, item]


def flatten(items: list[Any]) -> list[Any]:
    """The items of the lists in the list, and those items that are no lists; one level of lists goes."""
    return [one for item in items for one in (item if isinstance(item, list) else [item])]


def chunks(items: list[Any], size: int) -> list[Any]:
    """The items in lists of `size`, the last one of what is left. Raises ValueError when it is below 1."""
    if size < 1:
        raise ValueError("a chunk holds at least 1 item")
    return [items[start : start + size] for start in range(0, len(items), size)]


def zipped(first: list[Any], second: list[Any]) -> list[Any]:
    """The items of two lists in pairs, up to the end of the shorter one."""
    return [{"first": one, "second": other} for one, other in zip(first, second, strict=False)]


def numbered(items: list[Any]) -> list[Any]:
    """The items with their places, from 0."""
    return [{"index": index, "value": value} for index, value in enumerate(items)]


def without(items: list[Any], others: list[Any]) -> list[Any]:
    """The items that are not among the others."""
    return [item for item in items if item not in others]


def common(items: list[Any], others: list[Any]) -> list[Any]:
    """The items that are among the others too."""
    return [item for item in items if item in others]


def sort_by(items: list[Any], name: str) -> list[Any]:
    """The records in ascending order of a field, those of the same value as they stood, those where it is null at the
    end."""
    known = [item for item in items if item[name] is not None]
    return sorted(known, key=lambda item: item[name]) + [item for item in items if item[name] is None]


def group_by(items: list[Any], name: str) -> list[Any]:
    """The records by the value of a field: records of the value (`key`) and its `items`, in the order of their first
    ones."""
    import json

    groups: dict[str, dict[str, Any]] = {}
    for item in items:
        group = groups.setdefault(json.dumps(item[name], sort_keys=True), {"key": item[name], "items": []})
        group["items"].append(item)
    return list(groups.values())


def counts_of(items: list[Any]) -> list[Any]:
    """How often each item occurs: records of the item (`value`) and its `count`, the most frequent first, those of the
    same count in the order of their first ones."""
    import json

    found: dict[str, dict[str, Any]] = {}
    for item in items:
        found.setdefault(json.dumps(item, sort_keys=True), {"value": item, "count": 0})["count"] += 1
    return sorted(found.values(), key=lambda one: -int(one["count"]))


def any_of(items: list[Any]) -> bool:
    """Whether one of the items is true; false when there is none."""
    return any(items)


def all_of(items: list[Any]) -> bool:
    """Whether all of the items are true; true when there is none."""
    return all(items)


def map_keys(items: dict[str, Any]) -> list[str]:
    """The names in a map, in order."""
    return list(items)


def values_of(items: dict[str, Any]) -> list[Any]:
    """The values in a map, in order."""
    return list(items.values())


def entries_of(items: dict[str, Any]) -> list[Any]:
    """The names (`key`) and values (`value`) in a map, in order, as records."""
    return [{"key": key, "value": value} for key, value in items.items()]


def get_of(items: dict[str, Any], key: str) -> Any:
    """The value under a name in a map, or null where there is none."""
    return items.get(key)


def put_in(items: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The map with a value under a name, instead of the one that was there."""
    return {**items, key: value}


def merged_maps(items: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """What both maps hold; under a name of both, what the second does."""
    return {**items, **others}


def votes_for(replies: list[Any], fields: list[str]) -> dict[str, list[int]]:
    """The places of replies that say the same, by what they say: the named fields of records, or the whole value."""
    import json

    found: dict[str, list[int]] = {}
    for place, reply in enumerate(replies):
        said = {name: reply[name] for name in fields if name in reply} if fields and isinstance(reply, dict) else reply
        found.setdefault(json.dumps(said, sort_keys=True, ensure_ascii=False), []).append(place)
    return found


def winner(replies: list[Any], fields: list[str]) -> Any:
    """The first of the replies that say what most say; of equally many, what was said first."""
    return replies[max(votes_for(replies, fields).values(), key=len)[0]]


def decided(replies: list[Any], count: int, fields: list[str]) -> bool:
    """Whether no more replies, up to `count` in all, can change what most say. Of what ties in the end that which was
    said first wins."""
    votes = sorted(votes_for(replies, fields).values(), key=lambda places: (-len(places), places[0]))
    if not votes:
        return False
    (first, *_), ahead, rest = votes[0], len(votes[0]), count - len(replies)
    return ahead >= rest and all(ahead >= len(other) + rest + (other[0] < first) for other in votes[1:])


def best(replies: list[Any], scores: list[float]) -> Any:
    """The reply with the highest score, the first of several."""
    return replies[max(range(len(replies)), key=scores.__getitem__)]
