"""How types and expressions are laid out, and where comments go."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from lmc.source import Span
from lmc.syntax import ast
from lmc.syntax.layout import HARD, Doc, IfBroken, Line, Nest, Suffix, group, join, render
from lmc.syntax.strings import block_lines, escape, is_block, quote
from lmc.syntax.tokens import RESERVED

LONGEST_LINE_STRING = 60
"""How long a string over several lines may be to be written on one, in characters."""

PRECEDENCE = {
    **{"or": 1, "and": 2, "not": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4, "not in": 4},
    **{"+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6},
}
NEGATION, POSTFIX, ATOM = 7, 8, 9

Part: TypeAlias = "tuple[Span, Callable[[], Doc]]"
"""Something that may have comments around it: its place, and how it is laid out."""


class Entry(NamedTuple):
    """A part or a comment that stands on lines of its own; `gap`: after a blank line; `ended`: with a comment at its
    end."""

    doc: Doc
    gap: bool
    comment: bool = False
    ended: bool = False


class Phrases:
    """The layout of one file. Comments that stand within what has no lines of its own go before it; the last one, if it
    ends a line, after it."""

    def __init__(self, file: ast.File) -> None:
        self.comments = sorted(file.comments, key=lambda comment: comment.span.start)
        self.gaps = frozenset(file.gaps)
        self.one_line = False

    # Comments

    def take(self, start: int, end: int) -> list[ast.Comment]:
        """The comments that are left between two places."""
        first = bisect_left(self.comments, start, key=lambda comment: comment.span.start)
        last = bisect_left(self.comments, end, key=lambda comment: comment.span.start)
        found = self.comments[first:last] if first < last else []
        if found:
            del self.comments[first:last]
        return found

    def entries(self, parts: Sequence[Part], start: int, end: int) -> tuple[Doc, list[Entry]]:
        """The parts and the comments around them, which stand between two places; before them, the comment that ends
        the line of what opens them."""
        found: list[Entry] = []
        opening: list[Doc] = []

        def place(comment: ast.Comment) -> None:
            before = found[-1] if found else None
            if not comment.own_line and before is None and not opening:
                opening.append(Suffix(comment.text))
            elif not comment.own_line and before is not None and not before.comment and not before.ended:
                found[-1] = Entry((before.doc, Suffix(comment.text)), before.gap, ended=True)
            else:
                found.append(Entry(comment.text, comment.span.start in self.gaps, comment=True))

        for span, lay_out in parts:
            for comment in self.take(start, span.start):
                place(comment)
            doc = lay_out()
            inner = self.take(span.start, min(span.end, end))
            last = inner.pop() if inner and not inner[-1].own_line else None
            gap = span.start in self.gaps
            for comment in inner:
                found.append(Entry(comment.text, gap, comment=True))
                gap = False
            found.append(Entry((doc, Suffix(last.text)) if last else doc, gap, ended=last is not None))
            start = max(start, span.end)
        for comment in self.take(start, end):
            place(comment)
        return tuple(opening), found

    def listed(self, open_: str, parts: Sequence[Part], close: str, start: int, end: int) -> Doc:
        """A list in brackets, which stand between two places: on one line, or one item on each and a comma after
        each."""
        opening, entries = self.entries(parts, start, end)
        if not entries:
            return group(open_, opening, HARD if opening else "", close)
        pad = Line(" " if close == "}" else "")
        last = max((index for index, entry in enumerate(entries) if not entry.comment), default=-1)
        lines: list[Doc] = []
        for index, entry in enumerate(entries):
            mark: Doc = "" if entry.comment else IfBroken(",") if index == last else ","
            between: Doc = "" if index == 0 else HARD if entries[index - 1].comment else Line(" ")
            lines.append((between, entry.doc, mark))
        return group(open_, opening, Nest((pad, tuple(lines))), HARD if entries[-1].comment else pad, close)

    # Strings

    def string(self, text: str, longest: int = LONGEST_LINE_STRING) -> Doc:
        """A string, over several lines if it has several and is long."""
        if self.one_line or not is_block(text, longest):
            return quote(text)
        return ('"""', HARD, join(HARD, block_lines([(text, False)])), HARD, '"""')

    def format_string(self, node: ast.FormatString) -> Doc:
        """An f-string; what stands in its holes stays on one line."""
        parts: list[tuple[str, bool]] = []
        for part in node.parts:
            if isinstance(part, str):
                parts.append((part.replace("{", "{{").replace("}", "}}"), False))
            else:
                hole = one_line(part)
                parts.append((f"{{{' ' if hole.startswith('{') else ''}{hole}}}", True))
        text = "".join(part for part, verbatim in parts if not verbatim)
        if self.one_line or not is_block(text, LONGEST_LINE_STRING):
            return f'f"{"".join(part if verbatim else escape(part) for part, verbatim in parts)}"'
        return ('f"""', HARD, join(HARD, block_lines(parts)), HARD, '"""')

    # Types

    def type(self, node: ast.TypeExpr) -> Doc:
        """A type."""
        match node:
            case ast.NameType(name):
                return name.text
            case ast.ConstType(value):
                return quote(value) if isinstance(value, str) else str(value).lower()
            case ast.ListOfType(item):
                return ("list[", self.type(item), "]")
            case ast.MapOfType(key, value):
                return ("map[", self.type(key), ", ", self.type(value), "]")
            case ast.LimitedType():
                return self.limited(node)
            case ast.OptionalType(item):
                return (self.member(item), "?")
            case ast.EitherType():
                first, *rest = self.members(node)
                return group(first, Nest(tuple(rest)))
            case ast.EnumBody(values, spans):
                spans = spans or (ast.NOWHERE,) * len(values)
                parts = [(span, partial(self.enum_value, *one)) for one, span in zip(values, spans, strict=True)]
                return self.listed("enum {", parts, "}", node.span.start, node.span.end)
            case ast.RecordBody(fields):
                return self.listed("{", self.fields(fields), "}", node.span.start, node.span.end)

    def limited(self, node: ast.LimitedType) -> Doc:
        """A type with limits."""
        found: list[Doc] = [self.limitable(node.item)]
        if node.low is not None:
            found.append(f" {node.low!r}..{'' if node.high is None else repr(node.high)}")
        elif node.high is not None:
            found.append(f" up to {node.high!r}{' ' if node.unit else ''}{node.unit}")
        if node.pattern is not None:
            found.append(f" matching /{node.pattern.replace('/', chr(92) + '/')}/")
        return tuple(found)

    def limitable(self, node: ast.TypeExpr) -> Doc:
        """A type before its limits, in parentheses if they would go to a part of it."""
        plain = not isinstance(node, ast.EitherType | ast.OptionalType | ast.LimitedType)
        return self.type(node) if plain else ("(", self.type(node), ")")

    def member(self, node: ast.TypeExpr) -> Doc:
        """A type within another, in parentheses if it would fall apart."""
        apart = isinstance(node, ast.EitherType | ast.LimitedType)
        return ("(", self.type(node), ")") if apart else self.type(node)

    def alternative(self, node: ast.TypeExpr) -> Doc:
        """A member of a union."""
        return ("(", self.type(node), ")") if isinstance(node, ast.EitherType) else self.type(node)

    def members(self, node: ast.EitherType) -> list[Doc]:
        """The members of a union, each but the first with a new line and the bar before it."""
        head, *others = node.members
        first = self.alternative(head)
        parts = [(member.span, partial(self.alternative, member)) for member in others]
        # What follows on the last member's line is not known here: comments in it are left to what is around, as are
        # those in the first.
        opening, entries = self.entries(parts, head.span.end, node.members[-1].span.start)
        docs: list[Doc] = [(first, opening)]
        for index, entry in enumerate(entries):
            between: Doc = HARD if index and entries[index - 1].comment else Line(" ")
            docs.append((between, "" if entry.comment else "| ", entry.doc))
        return docs

    def enum_value(self, name: str, description: str) -> Doc:
        """A value of an enum."""
        plain = name.isascii() and name.isidentifier() and name not in RESERVED
        head = name if plain else quote(name)
        return (head, " ", self.string(description)) if description else head

    def fields(self, nodes: Sequence[ast.FieldDecl]) -> list[Part]:
        """Fields of a record, parameters, or fields of a short signature."""
        return [(node.span, partial(self.field, node)) for node in nodes]

    def field(self, node: ast.FieldDecl) -> Doc:
        """A field."""
        head: Doc = node.name.text if node.type is None else (node.name.text, ": ", self.type(node.type))
        notes: list[Doc] = []
        if node.alias is not None:
            notes += [Line(" "), "as ", quote(node.alias)]
        if node.description is not None:
            notes += [Line(" "), self.string(node.description)]
        return (head, group(Nest(tuple(notes)))) if notes else head

    def short(self, node: ast.ShortSignature) -> Doc:
        """`a, b -> c`."""
        inputs = join((",", Line(" ")), [self.field(one) for one in node.inputs])
        outputs = join((",", Line(" ")), [self.field(one) for one in node.outputs])
        return group(Nest((inputs, Line(" "), "-> ", outputs)))

    # Expressions

    def arguments(self, nodes: Sequence[ast.Argument]) -> list[Part]:
        """Arguments, settings, options or fields."""
        return [(node.span, partial(self.argument, node)) for node in nodes]

    def argument(self, node: ast.Argument) -> Doc:
        """An argument."""
        value = self.expr(node.value)
        return value if node.name is None else (node.name.text, ": ", value)

    def at_least(self, node: ast.Expr, precedence: int) -> Doc:
        """An expression, in parentheses if it binds less than `precedence`."""
        doc = self.expr(node)
        return doc if binding(node) >= precedence else ("(", doc, ")")

    def base(self, node: ast.Expr) -> Doc:
        """What a field or an item is taken of."""
        tailed = isinstance(node, ast.StrategyExpr) and bool(node.site or node.tools or node.settings)
        tailed = tailed or isinstance(node, ast.SampledExpr | ast.TuneRange | ast.TuneChoices)
        return ("(", self.expr(node), ")") if tailed else self.at_least(node, POSTFIX)

    def expr(self, node: ast.Expr) -> Doc:  # noqa: C901
        """An expression."""
        match node:
            case ast.Value():
                return self.value(node)
            case ast.Reference(name):
                return name.text
            case ast.Attribute(base, name):
                return (self.base(base), ".", name.text)
            case ast.Subscript(base, index):
                return (self.base(base), "[", self.expr(index), "]")
            case ast.Operator():
                return self.operator(node)
            case ast.Ternary(condition, then, otherwise):
                tail = Nest((Line(" "), "if ", self.at_least(condition, 1), Line(" "), "else ", self.expr(otherwise)))
                return group(self.at_least(then, 1), tail)
            case ast.ListDisplay(items):
                parts: list[Part] = [(item.span, partial(self.expr, item)) for item in items]
                return self.listed("[", parts, "]", node.span.start, node.span.end)
            case ast.RecordDisplay(fields):
                return self.listed("{", self.arguments(fields), "}", node.span.start, node.span.end)
            case ast.FormatString():
                return self.format_string(node)
            case ast.CallExpr(callee, arguments):
                start, end = callee.span.end, node.span.end
                return (callee.text, self.listed("(", self.arguments(arguments), ")", start, end))
            case ast.StrategyExpr():
                return self.strategy(node)
            case ast.SampledExpr():
                return self.sampled(node)
            case ast.EnsembleExpr(metric, items):
                head = f"ensemble by {metric.text} [" if metric else "ensemble ["
                parts = [(item.span, partial(self.expr, item)) for item in items]
                return self.listed(head, parts, "]", node.span.start, node.span.end)
            case ast.RetrieveExpr(retriever, arguments):
                start, end = retriever.span.end, node.span.end
                return (f"retrieve {retriever.text}", self.listed("(", self.arguments(arguments), ")", start, end))
            case ast.TryExpr(value, otherwise):
                tail = Nest((Line(" "), "else ", self.expr(otherwise)))
                return group("try ", self.at_least(value, 1), tail)
            case ast.TuneRange():
                return tuned_range(node)
            case ast.TuneChoices(choices, at):
                parts = [(item.span, partial(self.expr, item)) for item in choices]
                end = node.span.end if at is None else at.span.start
                held: Doc = () if at is None else (" at ", self.expr(at))
                return (self.listed("tune {", parts, "}", node.span.start, end), held)
            case ast.ComprehensionExpr():
                return self.comprehension(node)

    def comprehension(self, node: ast.ComprehensionExpr) -> Doc:
        """A list of a value for each item."""
        inner: list[Doc] = [self.expr(node.value), Line(" "), f"for {node.name.text} in ", self.expr(node.items)]
        if node.condition is not None:
            inner += [Line(" "), "if ", self.expr(node.condition)]
        if node.bound is not None:
            inner += [Line(" "), f"up to {node.bound}"]
        return group("[", Nest((Line(""), *inner)), Line(""), "]")

    def sampled(self, node: ast.SampledExpr) -> Doc:
        """`vote 5 predict …` and its kin."""
        count = str(node.count) if isinstance(node.count, int) else tuned_range(node.count)
        metric = f" by {node.metric.text}" if node.metric else ""
        above = "" if node.above is None else f" above {node.above!r}"
        return (f"{node.strategy} {count}{metric}{above} ", self.strategy(node.call))

    def value(self, node: ast.Value) -> Doc:
        """A constant."""
        match node.value:
            case str() as text:
                return self.string(text)
            case None:
                return "null"
            case bool() as truth:
                return "true" if truth else "false"
        return repr(node.value)

    def operator(self, node: ast.Operator) -> Doc:
        """An operator and its operands; those of a chain are broken together."""
        if len(node.operands) == 1:
            (operand,) = node.operands
            if node.symbol == "not":
                return ("not ", self.at_least(operand, PRECEDENCE["not"]))
            return (node.symbol, self.at_least(operand, NEGATION))
        precedence = PRECEDENCE[node.symbol]
        chained = precedence != PRECEDENCE["=="]
        tail: list[Doc] = []
        first: ast.Expr = node
        while (
            isinstance(first, ast.Operator) and PRECEDENCE.get(first.symbol) == precedence and len(first.operands) == 2
        ):
            symbol, (first, last) = first.symbol, first.operands
            tail.append((Line(" "), symbol, " ", self.at_least(last, precedence + 1)))
            if not chained:
                break
        head = self.at_least(first, precedence if chained else precedence + 1)
        return group(head, Nest(tuple(reversed(tail))))

    def strategy(self, node: ast.StrategyExpr) -> Doc:
        """`predict Signature(arguments) as site with { settings }`."""
        place = node.arguments_span
        match node.signature:
            case ast.Ident(text):
                signature: Doc = text
            case ast.ShortSignature() as short:
                signature = ("(", self.short(short), ")")
        arguments = self.listed("(", self.arguments(node.arguments), ")", place.start, place.end)
        keyword, *others = node.strategy.split("|")
        head = f"tune {{ {', '.join([keyword, *others])} }}" if others else keyword
        found: list[Doc] = [head, " ", signature, arguments]
        if node.site is not None:
            found += [" as ", node.site.text]
        if node.tools:
            found.append(f" using [{', '.join(tool.text for tool in node.tools)}]")
        if node.settings:
            settings = self.listed("{", self.arguments(node.settings), "}", place.end, node.span.end)
            found += [" with ", settings]
        return tuple(found)


def binding(node: ast.Expr) -> int:
    """How tightly an expression holds together; see PRECEDENCE."""
    match node:
        case ast.Ternary() | ast.TryExpr():
            return 0
        case ast.Operator("-", (_,)):
            return NEGATION
        case ast.Operator(symbol):
            return PRECEDENCE[symbol]
        case ast.Value(int() | float() as value) if value < 0:
            return NEGATION
    return ATOM


def tuned_range(node: ast.TuneRange) -> str:
    """`tune low..high`."""
    return f"tune {node.low!r}..{node.high!r}" + ("" if node.at is None else f" at {node.at!r}")


def one_line(node: ast.Expr) -> str:
    """An expression on one line, without its comments."""
    phrases = Phrases(ast.File(()))
    phrases.one_line = True
    return render((phrases.expr(node),), 1 << 30)
