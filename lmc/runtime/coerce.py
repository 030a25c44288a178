"""Coerces what was found in a reply into a type: repairs what is plain, refuses what is not, and says what it did.

Each repair has a price. Of the members of a union, and of the values that a text may stand for, the cheapest counts.
"""

from __future__ import annotations

from typing import Any

from lmc.runtime.job import Job, checked, from_string, in_list, inner_object, keys_of
from lmc.runtime.loose import plain_value
from lmc.runtime.pattern import compiled
from lmc.runtime.scalar import choice_in, is_null, number_of, scalar_in
from lmc.runtime.scan import DEEPEST, Bare, Repair, path_of
from lmc.runtime.value import (
    MISFIT,
    ReplyError,
    Schema,
    closed_values,
    conform,
    describe,
    fits,
    is_nullable,
    keeps,
    kind_of,
    members_of,
    quote,
    resolve,
    written,
)


def coerce(value: Any, schema: Schema, defs: Schema) -> Any:
    """A JSON value as the type wants it. Raises ReplyError when it cannot be that without guessing."""
    found = conform(value, schema, defs)
    return shaped(Job(defs, [], lenient=False), value, schema) if found is MISFIT else found


def shaped(job: Job, found: Any, schema: Schema) -> Any:
    """What was found, as the type wants it. Raises ReplyError."""
    if len(job.path) > DEEPEST:
        raise ReplyError("is nested too deeply")
    schema = resolve(schema, job.defs)
    members = members_of(schema)
    if members is not None:
        return shaped_union(job, found, schema, members)
    if "const" in schema or "enum" in schema:
        return shaped_closed(job, found, schema)
    kind = kind_of(schema)
    value: Any
    if kind is None:
        return untyped(found)
    if kind == "array":
        value = shaped_list(job, found, schema)
    elif kind == "object":
        value = shaped_object(job, found, schema)
    elif kind == "string":
        value = shaped_text(job, found, schema)
    elif kind in ("integer", "number", "boolean", "null"):
        value = shaped_scalar(job, found, schema, kind)
    else:
        raise ReplyError(f"is of the type {kind}, which is not known")
    if not keeps(value, schema):
        raise job.problem(schema, value)
    return value


def untyped(found: Any) -> Any:
    """The value where the type takes any."""
    from_reply = isinstance(found, (Bare, dict, list))
    if not from_reply:
        return found
    return plain_value(found)


def shaped_union(job: Job, found: Any, schema: Schema, members: list[Schema]) -> Any:
    """The value as the member that it is with the least repair; of several, the first."""
    key = (id(found), id(schema)) if isinstance(found, (dict, list)) else None
    if key is not None and key in job.known:
        best = job.known[key]
    else:
        best = cheapest(job, found, members)
        if key is not None:
            job.known[key] = best
            job.kept += [found, schema]
    if best is None:
        raise job.problem(schema, found)
    price, repairs, value = best
    job.price += price
    job.repairs += repairs[: 40 - len(job.repairs)]
    return value


def cheapest(job: Job, found: Any, members: list[Schema]) -> tuple[int, list[Repair], Any] | None:
    """The cheapest reading as one of the members, as price, repairs and value."""
    price, repairs = job.price, job.repairs
    best: tuple[int, list[Repair], Any] | None = None
    resolved = [resolve(member, job.defs) for member in members]
    has_text = any(kind_of(member) == "string" and closed_values(member) is None for member in resolved)
    depth = len(job.path)
    job.exact += has_text
    for member in resolved:
        job.price, job.repairs = 0, []
        try:
            value = shaped(job, found, member)
        except ReplyError:
            del job.path[depth:]
            continue
        if best is None or job.price < best[0]:
            best = (job.price, job.repairs, value)
    job.exact -= has_text
    job.price, job.repairs = price, repairs
    return best


def shaped_closed(job: Job, found: Any, schema: Schema) -> Any:
    """The value of a closed type."""
    if closed_values(schema) is not None and isinstance(found, str):
        choice = choice_in(found, schema)
        if choice is None:
            raise job.problem(schema, found)
        if choice[0] != found or isinstance(found, Bare):
            job.repair((0 if choice[0] == found else 1) if choice[1] else 5, f"took {quote(found)} for {choice[0]}")
        return choice[0]
    allowed = schema["enum"] if "enum" in schema else [schema["const"]]
    for one in allowed:
        kind = "null" if one is None else "boolean" if isinstance(one, bool) else "number"
        value = found
        if isinstance(found, str):
            scalar = None if isinstance(one, str) else scalar_in(found, kind, whole=job.exact > 0)
            value = scalar[0] if scalar else found
        if value == one and isinstance(value, bool) == isinstance(one, bool):
            if isinstance(found, str) and not isinstance(found, Bare):
                job.repair(2, f"took text for {written(one)}")
            return one
    if job.lenient and isinstance(found, list) and len(found) == 1 and not isinstance(found[0], (dict, list)):
        job.repair(6, "took a list of one item for the item")
        return shaped(job, found[0], schema)
    if job.lenient and isinstance(found, list) and found and all(isinstance(one, str) for one in found):
        values = [choice_in(one, schema) for one in found] if closed_values(schema) is not None else []
        known = [one[0] for one in values if one is not None and one[1]]
        if len(known) == 1:
            job.repair(8, "took the only item of a list that is of the type")
            return known[0]
    raise job.problem(schema, found)


def shaped_text(job: Job, found: Any, schema: Schema) -> str:
    """The text; numbers keep their digits."""
    if isinstance(found, Bare):
        if found == "" or (found.casefold() in ("null", "none", "undefined")):
            raise job.problem(schema, found or "nothing")
        digits = number_of(found) is not None or found.casefold() in ("true", "false")
        job.repair(3 if digits else 1, "took it for text")
        found = str(found)
    elif isinstance(found, bool):
        if not job.lenient:
            raise job.problem(schema, found)
        job.repair(4, "took a truth value for text")
        found = written(found)
    elif isinstance(found, (int, float)):
        job.repair(3, "took a number for text")
        found = written(found)
    if not isinstance(found, str):
        raise job.problem(schema, found)
    if "x-check" in schema and not checked(found, schema["x-check"]):
        job.repair(2, "does not pass a check")
    if not keeps(found, schema) and keeps(found.strip(), schema):
        job.repair(1, "left out the space around it")
        return found.strip()
    return found


def shaped_scalar(job: Job, found: Any, schema: Schema, kind: str) -> Any:
    """A number, a truth value or null."""
    alone = isinstance(found, list) and len(found) == 1 and not isinstance(found[0], (list, dict))
    if alone and job.lenient and not in_list(job):
        job.repair(6, "took a list of one item for the item")
        found = found[0]
    if fits(found, kind):
        return found
    if kind == "integer" and isinstance(found, float) and found.is_integer():
        job.repair(1, "took a number without a fraction for a whole number")
        return int(found)
    if isinstance(found, str):
        if kind == "null" and (found == "" or is_null(found)):
            if found != "null" or not isinstance(found, Bare):
                job.repair(3, f"took {quote(found)} for null")
            return None
        if kind == "boolean" and isinstance(found, Bare) and number_of(found) in (0, 1):
            job.repair(4, f"took {found} for a truth value")
            return number_of(found) == 1
        scalar = scalar_in(found, kind, whole=isinstance(found, Bare) or job.exact > 0)
        if scalar is not None:
            if not isinstance(found, Bare) or not compiled(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|true|false").fullmatch(found):
                job.repair(1 if isinstance(found, Bare) else 3, f"took {quote(found)} for {written(scalar[0])}")
            return scalar[0]
    if kind == "boolean" and job.lenient and not isinstance(found, bool) and found in (0, 1):
        job.repair(4, f"took {found} for a truth value")
        return found == 1
    raise job.problem(schema, found)


def shaped_list(job: Job, found: Any, schema: Schema) -> list[Any]:
    """The list; items that are null are left out where none may be, and one item without a list is a list of one."""
    rule = schema.get("items", {})
    rule = rule if isinstance(rule, dict) else {}
    if not isinstance(found, list):
        if not job.lenient or found is None or (isinstance(found, Bare) and (found == "" or is_null(found))):
            raise job.problem(schema, found)
        inner = from_string(found, "[", strict=kind_of(resolve(rule, job.defs)) == "string")
        if inner is not None:
            job.repair(4, "took the list out of a text")
            found = inner
        else:
            return wrapped(job, found, schema, resolve(rule, job.defs))
    result = []
    for index, one in enumerate(found):
        empty = one is None or (isinstance(one, Bare) and is_null(one))
        if empty and job.lenient and rule and not is_nullable(resolve(rule, job.defs)) and conform("", rule, job.defs):
            job.repair(3, "left out an item that was null")
            continue
        job.path.append(index)
        result.append(shaped(job, one, rule))
        job.path.pop()
    return result


def wrapped(job: Job, found: Any, schema: Schema, rule: Schema) -> list[Any]:
    """The list where there is none: of the one item that was found, of what stands between its commas, or the only
    value of an object."""
    parts = found.split(",") if isinstance(found, str) else []
    if len(parts) > 1 and kind_of(rule) in ("integer", "number") and number_of(found) is None:
        job.repair(6, "took text between commas for a list")
        return shaped_list(job, [Bare(part.strip()) for part in parts], schema)
    price, count, depth = job.price, len(job.repairs), len(job.path)
    job.repair(7, "took one item for a list of one")
    job.path.append(0)
    try:
        return [shaped(job, found, rule)]
    except ReplyError:
        inner = next(iter(found.values())) if isinstance(found, dict) and len(found) == 1 else None
        if not isinstance(inner, list):
            raise
        job.price = price
        del job.repairs[count:]
        del job.path[depth:]
        job.repair(6, "took the list out of an object")
        return shaped_list(job, inner, schema)
    finally:
        del job.path[depth:]


def shaped_object(job: Job, found: Any, schema: Schema) -> dict[str, Any]:
    """The record or map."""
    if job.lenient and isinstance(found, str) and not isinstance(found, Bare):
        inner = from_string(found, "{", strict=False)
        if inner is not None:
            job.repair(4, "took the object out of a text")
            found = inner
    properties = schema.get("properties")
    if properties is None:
        return shaped_map(job, found, schema)
    if isinstance(found, dict):
        keys = keys_of(found, properties)
        if not keys and found and job.lenient:
            inner = inner_object(found, schema, 3)
            if inner is not None:
                job.repair(5, "took the object out of another one")
                return shaped_record(job, inner, schema, keys_of(inner, properties))
        elif keys or not found:
            return shaped_record(job, found, schema, keys)
    elif job.lenient and isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        job.repair(6, "took a list of one item for the item")
        return shaped_record(job, found[0], schema, keys_of(found[0], properties))
    return only_field(job, found, schema, properties)


def only_field(job: Job, found: Any, schema: Schema, properties: Schema) -> dict[str, Any]:
    """A record of one field, where the value of the field, which is no text, stands in its place."""
    required = [name for name in properties if name in schema.get("required", ())]
    literal = isinstance(found, Bare) and (found in ("true", "false") or number_of(found) is not None)
    text = isinstance(found, str) and not literal
    if not job.lenient or len(properties) != 1 or len(required) != 1 or text or found is None:
        if isinstance(found, dict) and required:
            missing = next((name for name in required if not is_nullable(resolve(properties[name], job.defs))), None)
            if missing is not None:
                raise missing_problem(job, missing, properties[missing], found)
        if isinstance(found, dict):
            return shaped_record(job, found, schema, {})
        raise job.problem(schema, found)
    rule = resolve(properties[required[0]], job.defs)
    if kind_of(rule) == "string" and members_of(rule) is None:
        raise job.problem(schema, found)
    job.repair(9, f"took it for the only field, {required[0]}")
    job.path.append(required[0])
    value = shaped(job, found, rule)
    job.path.pop()
    return {required[0]: value}


def missing_problem(job: Job, name: str, rule: Schema, found: Any) -> ReplyError:
    """What is said where a field is missing."""
    at = path_of([*job.path, name])
    if not job.lenient:
        return ReplyError(f"`{at}` is missing")
    wanted = describe(resolve(rule, job.defs))
    return ReplyError(f"`{at}` is missing: it must be {wanted}; found {quote(written(plain_value(found)))}")


def shaped_record(job: Job, found: dict[str, Any], schema: Schema, keys: dict[str, str]) -> dict[str, Any]:
    """The record whose fields stand under these keys of an object."""
    properties, required = schema["properties"], schema.get("required", ())
    result: dict[str, Any] = {}
    lifted = 0
    for name, rule in properties.items():
        target = resolve(rule, job.defs)
        value = found[keys[name]] if name in keys else MISFIT
        absent = value is MISFIT or (isinstance(value, Bare) and value == "")
        if absent and job.lenient and id(found) in job.cut:
            value, lifted = from_child(job, found, name, rule, keys, properties), lifted + 1
            absent = value is MISFIT
        if absent:
            if isinstance(rule, dict) and "default" in rule and name not in required:
                result[name] = rule["default"]
            elif is_nullable(target) or (not required and name not in keys):
                result[name] = None
            elif job.lenient and kind_of(target) == "array" and id(found) not in job.cut and (found or not required):
                job.path.append(name)
                job.repair(8, "took a list that is missing for an empty one")
                result[name] = shaped(job, [], target)
                job.path.pop()
            elif name in required or name in keys:
                raise missing_problem(job, name, rule, found)
            continue
        job.path.append(name)
        if name in keys and keys[name] not in (name, rule.get("x-alias", name) if isinstance(rule, dict) else name):
            job.repair(1, f"took the name {quote(keys[name])} for it")
        result[name] = shaped(job, value, rule)
        job.path.pop()
    lacking = [name for name in required if name not in properties and name not in found]
    if lacking:
        raise missing_problem(job, lacking[0], {}, found)
    extra = [key for key in found if key not in keys.values()]
    if extra:
        job.repair(2 * min(len(extra), 5), f"left out what the type does not have: {', '.join(extra)[:80]}")
    if found and not keys and required and not any(value is not None for value in result.values()):
        raise job.problem(schema, found)
    return result


def from_child(
    job: Job, found: dict[str, Any], name: str, rule: Schema, keys: dict[str, str], properties: Schema
) -> Any:
    """A field of an object without its closing brace that stands in the object inside it, whose brace is missing;
    MISFIT when it does not."""
    for other, key in reversed(keys.items()):
        child, target = found[key], resolve(properties[other], job.defs)
        alias = rule.get("x-alias", name)
        if isinstance(child, dict) and alias in child and alias not in (target.get("properties") or {alias: 0}):
            job.path.append(name)
            job.repair(3, f"took it out of {other}, whose closing brace is missing")
            job.path.pop()
            return child[alias]
    return MISFIT


def shaped_map(job: Job, found: Any, schema: Schema) -> dict[str, Any]:
    """The map: an object, or a list of pairs."""
    pairs = found if job.lenient and isinstance(found, list) else []
    if pairs and all(isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) for one in pairs):
        job.repair(5, "took a list of pairs for a map")
        found = {str(name): value for name, value in pairs}
    if not isinstance(found, dict):
        raise job.problem(schema, found)
    rule = schema.get("additionalProperties", {})
    result = {}
    for name, value in found.items():
        job.path.append(str(name))
        result[str(name)] = shaped(job, value, rule if isinstance(rule, dict) else {})
        job.path.pop()
    return result
