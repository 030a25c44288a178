"""Prompts in Jinja's syntax as pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes

from lmc.diagnostics import Diagnostic, Sink
from lmc.elaborate.jinja import problems
from lmc.elaborate.jinja.expressions import LOOP, SLOTS, Expressions, Typed, Variable
from lmc.elaborate.jinja.text import PromptText
from lmc.elaborate.notes import Notes
from lmc.ir import program as ir
from lmc.ir.subtype import Named
from lmc.ir.types import UNKNOWN, Field, ListType, MapType, Type
from lmc.source import Span

TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set", "raw", "endraw", "fixed", "endfixed", "print")

STATEMENTS: dict[type[nodes.Node], str] = {
    nodes.Macro: "`{% macro %}`", nodes.CallBlock: "`{% call %}`", nodes.FilterBlock: "`{% filter %}`",
    nodes.Include: "`{% include %}`", nodes.Import: "`{% import %}`", nodes.FromImport: "`{% from %}`",
    nodes.Extends: "`{% extends %}`", nodes.Block: "`{% block %}`", nodes.With: "`{% with %}`",
    nodes.AssignBlock: "`{% set %}` of a block", nodes.ScopedEvalContextModifier: "`{% autoescape %}`",
}  # fmt: skip
MOST_DEPTH = 64
"""The deepest that statements and expressions may be nested in one another: everything that walks them recurs."""

ADVICE = "use text, `{{ … }}`, `{% if %}`, `{% for %}`, `{% set %}`, `{% raw %}` and `{% fixed %}`"


def pieces_of(
    text: str,
    span_of: Callable[[int, int], Span],
    inputs: tuple[Field, ...],
    named: Named,
    sink: Sink,
    notes: Notes | None = None,
) -> tuple[ir.Piece, ...]:
    """The pieces of a prompt; none where jinja2 cannot parse it."""
    prompt = PromptText(text, span_of)
    try:
        tree = prompt.tree()
    except TemplateSyntaxError as error:
        sink.add(syntax_problem(prompt, error))
        return ()
    except RecursionError:
        tree = None
    deep = None if tree is None else too_deep(tree)
    if tree is None or deep is not None:
        place = 0 if deep is None else deep.lineno
        sink.add(problems.syntax("it is nested too deeply", prompt.token_span(place), "say it in several parts"))
        return ()
    names = {one.name: Variable(ir.Name(one.name), one.type, span=one.span) for one in inputs}
    return Pieces(Expressions(prompt, named, sink, names, notes=notes)).block(tree.body)


def too_deep(tree: nodes.Node) -> nodes.Node | None:
    """The first node that is nested deeper than `MOST_DEPTH`, or stands in as long a chain of `elif` or comparisons,
    which become as deep."""
    level: list[nodes.Node] = [tree]
    for _ in range(MOST_DEPTH):
        for node in level:
            if len(getattr(node, "elif_", ())) > MOST_DEPTH or len(getattr(node, "ops", ())) > MOST_DEPTH:
                return node
        level = [child for node in level for child in node.iter_child_nodes()]
    return level[0] if level else None


def syntax_problem(prompt: PromptText, error: TemplateSyntaxError) -> Diagnostic:
    """What jinja2 did not like, at the token where it stopped."""
    message = error.message or "it cannot be parsed"
    start, end, kind, value = prompt.token(error.lineno)
    if kind == "end":
        start = min(error.lineno, len(prompt.normal))
        end = min(start + 1, len(prompt.normal))
    span = prompt.span(start, end)
    if message.startswith("Encountered unknown tag"):
        return problems.unknown_filter("tag", value, span, TAGS)
    if message.startswith("Missing end of"):
        opening = next((one for one in reversed(prompt.tokens) if one[2] in ("comment_begin", "raw_begin")), None)
        return problems.syntax(message, span if opening is None else prompt.span(opening[0], opening[1]))
    if message.startswith("Unexpected end of template"):
        return unclosed(prompt, message, span)
    advice = None
    if "'}'" in message or message.startswith("unexpected char"):
        advice = "braces that are only text stand in `{% raw %}…{% endraw %}`"
    return problems.syntax(message, span, advice)


def unclosed(prompt: PromptText, message: str, span: Span) -> Diagnostic:
    """A block without its end: the caret is at its tag."""
    tag = message.rpartition("closed is '")[2].rstrip("'.")
    opening = None
    depth = 0
    for index in range(len(prompt.tokens) - 1, -1, -1):
        start, end, kind, value = prompt.tokens[index]
        before = [one for one in prompt.tokens[:index] if one[2] != "whitespace"]
        if kind != "name" or not before or before[-1][2] != "block_begin":
            continue
        depth += value == f"end{tag}"
        if value == tag:
            if not depth:
                opening = prompt.span(start, end)
                break
            depth -= 1
    if opening is None:
        return problems.syntax("unexpected end of the prompt", span)
    return problems.syntax(f"`{tag}` is not closed", opening, f"close it with `{{% end{tag} %}}`")


@dataclass
class Pieces:
    """Lowers the statements of one prompt."""

    own: Expressions
    branch: bool = False

    def block(self, body: Sequence[nodes.Node]) -> tuple[ir.Piece, ...]:
        """The pieces of some statements, neighbouring texts as one."""
        found: list[ir.Piece] = []
        for node in body:
            for piece in self.statement(node):
                if isinstance(piece, str) and found and isinstance(found[-1], str):
                    found[-1] += piece
                elif piece != "":
                    found.append(piece)
        return tuple(found)

    def statement(self, node: nodes.Node) -> tuple[ir.Piece, ...]:
        """The pieces of a statement."""
        match node:
            case nodes.Output(nodes=parts):
                return tuple(piece for part in parts for piece in self.output(part))
            case nodes.If():
                return self.choice(node, list(node.elif_))
            case nodes.For():
                return self.loop(node)
            case nodes.Assign(target=target, node=value):
                self.assign(target, value)
                return ()
            case nodes.Scope(body=body):
                return (ir.Fixed(self.inner(body, self.own)),)
        what = STATEMENTS.get(type(node), f"`{type(node).__name__.lower()}`")
        self.own.sink.add(problems.unsupported(what, self.own.text.token_span(node.lineno), ADVICE))
        return ()

    def inner(self, body: Sequence[nodes.Node], own: Expressions, *, branch: bool = False) -> tuple[ir.Piece, ...]:
        """The pieces of a block, whose variables end with it."""
        scope = Expressions(own.text, own.named, own.sink, dict(own.names), own.depth, own.taken, own.notes)
        return Pieces(scope, branch).block(body)

    def output(self, part: nodes.Node) -> tuple[ir.Piece, ...]:
        """Text, a slot, or a hole."""
        if isinstance(part, nodes.TemplateData):
            return (part.data,)
        span = self.own.text.node_span(part)
        if isinstance(part, nodes.Name) and part.name in SLOTS and part.name not in self.own.names:
            return (ir.Slot(part.name, span),)  # type: ignore[arg-type]
        return (ir.Hole(self.own.value(part)[0], span),)

    def choice(self, node: nodes.If, more: list[nodes.If]) -> tuple[ir.Piece, ...]:
        """`if`, `elif` and `else`."""
        condition = self.own.condition(node.test)
        then = self.inner(node.body, self.own, branch=True)
        if more:
            rest, last = more[0], more[1:]
            rest.else_ = node.else_
            return (ir.Choice(condition, then, self.choice(rest, last)),)
        return (ir.Choice(condition, then, self.inner(node.else_, self.own, branch=True)),)

    def loop(self, node: nodes.For) -> tuple[ir.Piece, ...]:
        """`for`, with the items that meet its condition, and `else` for none."""
        own = self.own
        if node.recursive:
            own.sink.add(problems.unsupported("recursive loops", own.text.token_span(node.lineno)))
        items, type_ = self.looped(node)
        item = own.items(type_)
        if item is None:
            advice = "go through its names and values: `{% for name, value in xs | items %}`"
            span = own.text.node_span(node.iter)
            if own.nullable(type_):
                own.sink.add(problems.may_be_null(type_, span))
            else:
                help_ = advice if isinstance(own.shape(type_), MapType) else None
                own.sink.add(problems.wrong_type("`for`", "a list", type_, span, help_))
            item = UNKNOWN
        name, variables = self.targets(node.target, item)
        scope = Expressions(own.text, own.named, own.sink, {**own.names, **variables}, own.depth, own.taken, own.notes)
        if node.test is not None:
            items = ir.Comprehension(ir.Name(name), name, items, scope.condition(node.test))
        scope.depth += 1
        scope.names["loop"] = Variable(ir.Name("loop"), LOOP, scope.depth)
        found: ir.Piece = ir.Repeat(name, items, self.inner(node.body, scope))
        if not node.else_:
            return (found,)
        return (ir.Choice(own.truth(items, ListType(item)), (found,), self.inner(node.else_, own)),)

    def looped(self, node: nodes.For) -> Typed:
        """What a loop goes through; `m.items()` of a map is `m | items`."""
        match node.iter:
            case nodes.Call(node=nodes.Getattr(node=inner, attr="items"), args=[], kwargs=[]):
                _, type_ = self.own.value(inner)
                if isinstance(self.own.shape(type_), MapType):
                    as_filter = nodes.Filter(inner, "items", [], [], None, None, lineno=node.iter.node.lineno)
                    return self.own.value(as_filter)
        return self.own.value(node.iter)

    def targets(self, target: nodes.Node, item: Type) -> tuple[str, dict[str, Variable]]:
        """The variable of a loop, and the names that stand for it or for its fields."""
        own = self.own
        if isinstance(target, nodes.Name):
            name = own.fresh(target.name)
            return name, {target.name: Variable(ir.Name(name), item, own.depth + 1)}
        name = own.fresh("entry")
        names = (
            [one.name for one in target.items if isinstance(one, nodes.Name)] if isinstance(target, nodes.Tuple) else []
        )
        fields = {one.name: one.type for one in getattr(own.shape(item), "fields", ())}
        if len(names) != 2 or set(fields) != {"key", "value"}:
            own.sink.add(problems.unsupported("several names for one item", own.text.node_span(target)))
            return name, {one: Variable(ir.Const(None), UNKNOWN) for one in names}
        keys = zip(names, ("key", "value"), strict=True)
        return name, {one: Variable(ir.Member(ir.Name(name), key), fields[key], own.depth + 1) for one, key in keys}

    def assign(self, target: nodes.Node, value: nodes.Node) -> None:
        """`set`: the value stands wherever the name does."""
        typed = self.own.value(value)
        span = self.own.text.node_span(target)
        if not isinstance(target, nodes.Name):
            self.own.sink.add(problems.unsupported("`{% set %}` of several names", span))
        elif self.branch:
            advice = "write the choice as a value: `{% set x = a if c else b %}`"
            self.own.sink.add(problems.unsupported("`{% set %}` within `{% if %}`", span, advice))
        else:
            self.own.names[target.name] = Variable(typed[0], typed[1], self.own.depth)
