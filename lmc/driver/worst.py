"""The most that runs and scores can take, from the program alone."""

from __future__ import annotations

from collections.abc import Mapping

from lmc.analysis.calls import lm_of, named_types, scoring_cost, sites, worst_cost
from lmc.ir.program import LMDecl, Predict, Program
from lmc.ir.subtype import Named, resolve
from lmc.ir.types import Constrained, EnumType, ListType, LiteralType, Primitive, RecordType, Type, UnionType
from lmc.ir.walk import predictors
from lmc.prompts import templates
from lmc.prompts.profile import profile_of
from lmc.prompts.size import template_characters
from lmc.runtime.prompt import Template

CHARACTER_BYTES = 4
"""The most bytes of a character in UTF-8; a token is a byte at least."""


def attempts_of(program: Program, compiled: Mapping[str, Template]) -> dict[str, int]:
    """How often each call site asks at most, by address: once, and again for each retry that it may be given."""
    found = {address: int(template["attempts"]) for address, template in compiled.items()}
    for module, predict in predictors(program):
        address = f"{module.name}.{predict.site}"
        for name, space in predict.settings.tunes:
            if name == "retries" and address in found:
                most = max(space.choices) if space.choices else space.high
                found[address] = max(found[address], int(most or 0) + 1)
    return found


def reserved_calls(program: Program, module: str, rows: int, metric: str | None = None) -> int:
    """The calls kept back for the sealed rows: both programs once each, what scores them, and a tenth more where
    replies may have to be asked for again. Nothing is kept where none are sealed: the dev rows that both programs were
    compared on tell then what they are worth."""
    compiled = templates(program)
    once = dict.fromkeys(compiled, 1)
    judged = 0.0 if metric is None else scoring_cost(program, metric, once)
    single = int(worst_cost(program, module, once) + judged)
    again = any(compiled[address]["attempts"] > 1 for address, _ in sites(program, module) if address in compiled)
    return 2 * rows * single + (rows * single // 5 if again else 0)


def answering(program: Program, module: str, predict: Predict) -> tuple[LMDecl, ...]:
    """The LMs that may answer a call: its own, those that tuning may choose, and those that these fall back to."""
    own = lm_of(program, module, predict)
    names = [] if own is None else [own.name]
    names += [name for kind, space in predict.settings.tunes if kind == "lm" for name in space.choices or ()]
    found: dict[str, LMDecl] = {}
    while names:
        if (name := names.pop(0)) not in found:
            found[name] = program.lm(name)
            names += [other for other in (found[name].option("fallback"),) if other is not None]
    return tuple(found.values())


def most_tokens(program: Program, module: str, predict: Predict, template: Template) -> int:
    """The most tokens, of prompt and reply, that one attempt of a call takes: what the LM's context holds, or less
    where the types of all inputs say how long they can be."""
    context = max((profile_of(lm).context for lm in answering(program, module, predict)), default=0)
    named = named_types(program)
    signature = program.signature(predict.signature)
    sizes = [most_bytes(field.type, named) for field in signature.inputs]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes) or template["attempts"] > 1:  # an attempt shows those before it, which may be long
        return context
    whole = CHARACTER_BYTES * template_characters(template) + sum(known) + most_reply(predict, template)
    return min(context, whole)


def most_reply(predict: Predict, template: Template) -> int:
    """The most tokens of a reply: as the call says now, or may come to say."""
    spaces = [space for name, space in predict.settings.tunes if name == "max_tokens"]
    offered = [one for space in spaces for one in (*(space.choices or ()), space.high) if isinstance(one, int)]
    return max(int(template["options"]["max_tokens"]), *offered, 0)


def most_bytes(type_: Type, named: Named) -> int | None:
    """The most bytes that a value of a type takes in a prompt; None where nothing bounds it."""
    parts: list[int | None]
    match resolve(type_, named):
        case Primitive("bool" | "null"):
            return 5
        case Primitive("int" | "float"):
            return 400
        case LiteralType(value):
            return len(str(value).encode()) + 2
        case EnumType(values):
            return max(len(name.encode()) for name, _ in values) + 2
        case Constrained(Primitive("str"), _, high) if high is not None:
            return CHARACTER_BYTES * int(high) + 2
        case Constrained(ListType(item), _, high) if high is not None:
            one = most_bytes(item, named)
            return None if one is None else int(high) * (one + 20)
        case Constrained(inner):
            return most_bytes(inner, named)
        case UnionType(members):
            parts = [most_bytes(one, named) for one in members]
            return None if None in parts else max(one for one in parts if one is not None)
        case RecordType(fields):
            parts = [most_bytes(one.type, named) for one in fields]
            names = sum(len(one.name.encode()) + 20 for one in fields)
            return None if None in parts else names + sum(one for one in parts if one is not None)
    return None
