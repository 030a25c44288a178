"""Filters and tests of Jinja, and the functions of the language that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import nodes

from lmc.elaborate.jinja import problems
from lmc.ir import program as ir
from lmc.ir.builtins import BUILTINS
from lmc.ir.subtype import join
from lmc.ir.types import BOOL, FLOAT, INT, NULL, STR, UNKNOWN, ListType, MapType, Type, UnionType, UnknownType, union

if TYPE_CHECKING:
    from lmc.elaborate.jinja.expressions import Expressions, Typed

FILTERS: dict[str, tuple[str, ...]] = {
    "abs": (),
    "count": (),
    "d": ("default_value", "boolean"),
    "default": ("default_value", "boolean"),
    "first": (),
    "items": (),
    "join": ("d", "attribute"),
    "last": (),
    "length": (),
    "list": (),
    "lower": (),
    "map": ("attribute",),
    "max": ("case_sensitive",),
    "min": ("case_sensitive",),
    "replace": ("old", "new"),
    "reverse": (),
    "round": ("precision",),
    "safe": (),
    "sort": ("reverse", "case_sensitive"),
    "string": (),
    "sum": ("attribute",),
    "tojson": (),
    "trim": (),
    "unique": ("case_sensitive",),
    "upper": (),
}
"""The filters and the arguments that they take."""

TESTS = ("defined", "undefined", "none", "even", "odd", "divisibleby", "true", "false")
TEXTS = {"lower": "lower", "upper": "upper", "trim": "strip"}
LISTS = {"first": "first", "last": "last", "reverse": "reverse"}
CASED = {"min": "min", "max": "max", "sort": "sort", "unique": "unique"}
EXACT = "Jinja takes no notice of case here unless told to: write `{}(case_sensitive=true)`"


def filtered(own: Expressions, node: nodes.Filter) -> Typed:  # noqa: C901
    """A filter applied."""
    from lmc.elaborate.jinja.expressions import LOST

    name, at = node.name, own.text.token_span(node.lineno)
    if node.node is None:
        own.sink.add(problems.unsupported("`{% filter %}`", at))
        return LOST
    if name not in FILTERS:
        own.value(node.node)
        own.sink.add(problems.unknown_filter("filter", name, at, FILTERS))
        return LOST
    given = arguments(own, node)
    subject = own.value(node.node)
    if given is None:
        return LOST
    value, type_ = subject
    span = own.text.node_span(node)
    match name:
        case "lower" | "upper" | "trim":
            fits = own.expect(f"`{name}`", STR, "`str`", subject, node.node)
            return (ir.Apply(TEXTS[name], (value,), span), STR) if fits else LOST
        case "replace":
            return replaced(own, node, subject, given)
        case "string":
            return (
                (value, type_) if own.broad(type_) == STR else (ir.Apply("text", (own.printed(node.node),), span), STR)
            )
        case "safe":
            return subject
        case "tojson":
            return ir.Apply("json", (value,), span), STR
        case "default" | "d":
            return defaulted(own, node, subject, given)
        case "abs" | "round":
            return number(own, node, subject, given)
        case "items":
            return entries(own, node, subject)
        case "length" | "count":
            sized = isinstance(own.shape(type_), MapType) or own.broad(type_) == STR
            if sized or listed(own, node, subject) is not None:
                return ir.Apply("len", (value,), span), INT
            return LOST
    item = listed(own, node, subject)
    if item is None:
        return LOST
    if "attribute" in given or name == "map":
        value, item = attributes(own, node, value, item, given)
    match name:
        case "list" | "map":
            return value, ListType(item)
        case "join":
            return joined(own, node, value, item, given)
        case "sum":
            if own.broad(item) not in (INT, FLOAT, UNKNOWN):
                own.sink.add(problems.wrong_type("`sum`", "a list of numbers", ListType(item), at))
            return ir.Apply("sum", (value,), span), own.broad(item)
        case "first" | "last" | "reverse":
            return applied(own, node, LISTS[name], value, ListType(item))
    return cased(own, node, value, item, given)


def applied(own: Expressions, node: nodes.Filter, function: str, value: ir.Expr, type_: Type) -> Typed:
    """A function of a list."""
    returns = BUILTINS[function].returns
    return ir.Apply(function, (value,), own.text.node_span(node)), returns((type_,)) if callable(returns) else returns


def arguments(own: Expressions, node: nodes.Filter) -> dict[str, nodes.Node] | None:
    """The arguments by name; None, and a report, where there are some that the filter does not take."""
    params = FILTERS[node.name]
    found: dict[str, nodes.Node] = dict(zip(params, node.args, strict=False))
    if node.name == "map" and node.args:
        own.sink.add(problems.unsupported("`map` of a filter", own.text.node_span(node.args[0]), MAP_ADVICE))
        return None
    for one in (*node.args[len(params) :], *(one for one in (node.dyn_args, node.dyn_kwargs) if one is not None)):
        own.sink.add(problems.unsupported(f"this argument of `{node.name}`", own.text.node_span(one)))
        return None
    for pair in node.kwargs:
        if pair.key not in params:
            span = own.text.token_span(pair.value.lineno, -2)
            own.sink.add(problems.unsupported(f"the argument `{pair.key}` of `{node.name}`", span))
            return None
        found[str(pair.key)] = pair.value
    return found


MAP_ADVICE = 'name a field: `map(attribute="title")`, or loop over the list'


def listed(own: Expressions, node: nodes.Filter, subject: Typed) -> Type | None:
    """The type of the items of what is filtered; None, and a report, for what is no list."""
    item = own.items(subject[1])
    if item is None and node.node is not None:
        own.expect(f"`{node.name}`", ListType(UNKNOWN), "a list", subject, node.node)
    return item


def attributes(
    own: Expressions, node: nodes.Filter, value: ir.Expr, item: Type, given: dict[str, nodes.Node]
) -> tuple[ir.Expr, Type]:
    """The list of a field of the items."""
    wanted = given.get("attribute")
    if not isinstance(wanted, nodes.Const) or not isinstance(wanted.value, str) or "." in wanted.value:
        span = own.text.token_span(node.lineno) if wanted is None else own.text.node_span(wanted)
        own.sink.add(problems.unsupported(f"`{node.name}` without the name of a field", span, MAP_ADVICE))
        return ir.ListOf(()), UNKNOWN
    type_ = own.member_type(item, wanted.value, own.text.node_span(wanted))
    name = own.fresh("item")
    return ir.Comprehension(ir.Member(ir.Name(name), wanted.value), name, value, span=own.text.node_span(node)), type_


def joined(own: Expressions, node: nodes.Filter, value: ir.Expr, item: Type, given: dict[str, nodes.Node]) -> Typed:
    """`join`, where null is nothing."""
    between: Typed = (ir.Const(""), STR)
    if "d" in given:
        between = own.value(given["d"])
        own.expect("`join`", STR, "a separator, `str`", between, given["d"])
    if own.nullable(item):
        name = own.fresh("item")
        value = ir.Comprehension(ir.Apply("default", (ir.Name(name), ir.Const(""))), name, value)
    return ir.Apply("join", (value, between[0]), own.text.node_span(node)), STR


def cased(own: Expressions, node: nodes.Filter, value: ir.Expr, item: Type, given: dict[str, nodes.Node]) -> Typed:
    """`min`, `max`, `sort` and `unique`, which Jinja does without regard to case."""
    at = own.text.token_span(node.lineno)
    known = own.broad(item)
    if known not in (INT, FLOAT, STR, UNKNOWN, BOOL) or (known == BOOL and node.name != "unique"):
        own.sink.add(problems.wrong_type(f"`{node.name}`", "a list of numbers or texts", ListType(item), at))
    elif known == STR and not flag(given.get("case_sensitive")):
        own.sink.add(problems.unsupported(f"`{node.name}` without regard to case", at, EXACT.format(node.name)))
    expr, type_ = applied(own, node, CASED[node.name], value, ListType(item))
    if "reverse" in given and flag(given["reverse"]):
        return applied(own, node, "reverse", expr, type_)
    return expr, type_


def flag(node: nodes.Node | None) -> bool:
    """Whether an argument is plainly true."""
    return isinstance(node, nodes.Const) and node.value is True


def replaced(own: Expressions, node: nodes.Filter, subject: Typed, given: dict[str, nodes.Node]) -> Typed:
    """`replace`."""
    from lmc.elaborate.jinja.expressions import LOST

    at = own.text.token_span(node.lineno)
    if len(given) < 2:
        own.sink.add(problems.syntax("`replace` needs what it replaces and what by", at))
        return LOST
    operands = [(subject, node.node), *((own.value(given[name]), given[name]) for name in ("old", "new"))]
    for typed, one in operands:
        if one is not None:
            own.expect("`replace`", STR, "`str`", typed, one)
    return ir.Apply("replace", tuple(typed[0] for typed, _ in operands), own.text.node_span(node)), STR


def defaulted(own: Expressions, node: nodes.Filter, subject: Typed, given: dict[str, nodes.Node]) -> Typed:
    """`default`: another value in the place of null, or, with `boolean`, of what is empty too."""
    other: Typed = own.value(given["default_value"]) if "default_value" in given else (ir.Const(""), STR)
    value, type_ = subject
    shape = own.shape(type_)
    kept = union(*(one for one in shape.members if one != NULL)) if isinstance(shape, UnionType) else type_
    result = other[1] if shape == NULL else join(kept, other[1], own.named)
    if own.broad(kept) == own.broad(other[1]):
        result = own.broad(kept)
    span = own.text.node_span(node)
    if flag(given.get("boolean")):
        return ir.Conditional(own.truth(value, type_), value, other[0], span), result
    if not own.nullable(type_) and not isinstance(shape, UnknownType):
        return subject
    return ir.Apply("default", (value, other[0]), span), result


def number(own: Expressions, node: nodes.Filter, subject: Typed, given: dict[str, nodes.Node]) -> Typed:
    """`abs` and `round`."""
    from lmc.elaborate.jinja.expressions import LOST

    value, type_ = subject
    known, span = own.broad(type_), own.text.node_span(node)
    if known not in (INT, FLOAT, UNKNOWN):
        if node.node is not None:
            own.expect(f"`{node.name}`", UnionType((INT, FLOAT)), "a number", subject, node.node)
        return LOST
    if node.name == "abs":
        return ir.Apply("abs", (value,), span), known
    digits: Typed = own.value(given["precision"]) if "precision" in given else (ir.Const(0), INT)
    if "precision" in given:
        own.expect("`round`", INT, "a number of digits, `int`", digits, given["precision"])
    # A whole number stays one.
    return (value, INT) if known == INT else (ir.Apply("round", (value, digits[0]), span), FLOAT)


def entries(own: Expressions, node: nodes.Filter, subject: Typed) -> Typed:
    """The names and values of a map."""
    from lmc.elaborate.jinja.expressions import LOST

    if node.node is None or not own.expect("`items`", MapType(UNKNOWN), "a map", subject, node.node):
        return LOST
    return applied(own, node, "entries", subject[0], own.shape(subject[1]))


def tested(own: Expressions, node: nodes.Test) -> Typed:
    """A test applied. Null is what Jinja calls undefined."""
    from lmc.elaborate.jinja.expressions import LOST

    negated = own.text.token(node.lineno, 1)[3] == "not"
    span, at = own.text.node_span(node), own.text.token_span(node.lineno, 2 if negated else 1)
    if node.name not in TESTS:
        own.value(node.node)
        own.sink.add(problems.unknown_filter("test", node.name, at, TESTS))
        return LOST
    value, type_ = own.value(node.node)
    match node.name:
        case "none" | "undefined":
            return ir.Operation("==", (value, ir.Const(None)), span), BOOL
        case "defined":
            return ir.Operation("!=", (value, ir.Const(None)), span), BOOL
        case "true" | "false":
            own.expect(f"`{node.name}`", BOOL, "`bool`", (value, type_), node.node)
            return (value if node.name == "true" else ir.Operation("not", (value,), span)), BOOL
    by: Typed = (ir.Const(2), INT)
    if node.name == "divisibleby":
        if not node.args:
            own.sink.add(problems.syntax("`divisibleby` needs a number", at))
            return LOST
        by = own.value(node.args[0])
        own.expect("`divisibleby`", INT, "`int`", by, node.args[0])
    own.expect(f"`{node.name}`", INT, "`int`", (value, type_), node.node)
    rest = ir.Operation("%", (value, by[0]), span)
    return ir.Operation("==", (rest, ir.Const(1 if node.name == "odd" else 0)), span), BOOL
