"""Calls of functions, modules and what is outside; and tuned values."""

from __future__ import annotations

from collections.abc import Mapping

from lmc.diagnostics import Fix, after
from lmc.elaborate import problems
from lmc.elaborate.expressions import Expressions, Typed
from lmc.elaborate.scope import LOST, Entity, entity_of
from lmc.elaborate.spaces import lower_space
from lmc.elaborate.strategy import JUDGED, RAN
from lmc.ir import program as ir
from lmc.ir.builtins import BUILTINS, METRICS
from lmc.ir.types import INT, NULL, STR, UNKNOWN, Field, ListType, RecordType, Type, UnionType, UnknownType, optional
from lmc.source import Span
from lmc.syntax import ast

QUERY = (Field("query", STR), Field("k", optional(INT)))
"""The parameters of a retriever."""
CODE = (Field("code", STR),)
"""The parameters of `run_code`."""
CALLABLE = ("module", "extern", "tool", "metric")


class Applications(Expressions):
    """Lowers calls of what is no LM. In a metric the library has more functions, and nothing is tuned."""

    def call(self, node: ast.CallExpr) -> Typed:
        """A call by name."""
        name = node.callee.text
        functions = {**BUILTINS, **METRICS} if not self.module else BUILTINS
        if name in functions:
            return self.apply(node, functions[name])
        if name == "run_code" and self.module:
            self.calls.append(("", node.span))
            return ir.External(name, self.arguments(name, CODE, node, None), node.span), RAN
        entity = entity_of(self.scope, name)
        if entity is LOST or (entity is not None and entity.name in self.world.broken):
            return self.lost(node)
        if entity is None:
            self.unknown_callee(node, [*functions])
            return self.lost(node)
        if entity.kind not in CALLABLE or (entity.kind == "metric" and not self.module):
            wanted = "function or module"
            declared = entity.node.name.span
            self.world.sink.add(problems.wrong_kind(name, entity.kind, wanted, node.callee.span, declared))
            return self.lost(node)
        self.world.used.add((entity.kind, entity.name))
        return self.declared_call(node, entity)

    def unknown_callee(self, node: ast.CallExpr, functions: list[str]) -> None:
        """Reports a call of what there is not. `text.lower()` is `lower(text)` here; some functions metrics alone
        have."""
        callee = node.callee
        base, _, method = callee.text.rpartition(".")
        self.read.add(callee.text.partition(".")[0])
        if method in BUILTINS and base.partition(".")[0] in self.variables:
            more = ", …" if len(BUILTINS[method].params) > 1 else ""
            advice = f"functions take their value as an argument: `{method}({base}{more})`"
            fix = Fix(node.span, f"{method}({base})")
            if node.arguments:
                fix = Fix(Span(node.span.file, node.span.start, node.arguments[0].span.start), f"{method}({base}, ")
            self.world.sink.add(problems.unknown("function", callee.text, callee.span, (), advice=advice, fix=fix))
        elif callee.text in METRICS:
            kind, wanted = "function of metrics", "function or module"
            advice = (
                f"declare `metric name(want, got) = {callee.text}(…)`, and call that: it gives `score` and `feedback`"
            )
            self.world.sink.add(problems.wrong_kind(callee.text, kind, wanted, callee.span, None, advice))
        else:
            known = [*functions, *(one for one, other in self.scope.items() if other.kind in CALLABLE)]
            self.world.sink.add(problems.unknown("function or module", callee.text, callee.span, known))

    def declared_call(self, node: ast.CallExpr, entity: Entity) -> Typed:
        """A call of a module, an extern, a tool or a metric."""
        name = node.callee.text
        if entity.kind == "metric":
            params = (Field("want", UNKNOWN), Field("got", UNKNOWN))
            types: dict[str, Type] = {}
            (_, want), (_, got) = self.arguments(name, params, node, node.span, types)
            self.scored(entity.name, types.get("want", UNKNOWN), types.get("got", UNKNOWN), node.callee.span)
            return ir.Score(entity.name, want, got, node.span), JUDGED
        arguments = self.arguments(name, self.world.params[entity.name], node, entity.node.span)
        returns = self.world.returns[entity.name]
        if entity.kind == "module":
            self.calls.append((entity.name, node.callee.span))
            return ir.Invoke(entity.name, arguments, node.span), returns
        self.calls.append(("", node.span))
        return ir.External(entity.name, arguments, node.span), returns

    def scored(self, metric: str, want: Type, got: Type, span: Span) -> None:
        """Notes that a metric scores values of these types here; whether it can is found when all is known."""
        self.calls.append((f"metric {metric}", span))
        self.world.scores.append((metric, want, got, span))

    def retrieve(self, node: ast.RetrieveExpr) -> Typed:
        """The rows that a retriever finds; as many as it declares where the call does not say."""
        entity = self.world.find(self.scope, node.retriever, "retriever")
        if entity is None:
            for argument in node.arguments:
                self.lower(argument.value)
            return ir.Const(None, node.span), UNKNOWN
        call = ast.CallExpr(node.retriever, node.arguments, span=node.span)
        (_, query), (_, k) = self.arguments(node.retriever.text, QUERY, call, entity.node.name.span)
        if k == ir.Const(None):
            k = ir.Const(self.world.depths[entity.name])
        self.calls.append(("", node.span))
        found = ir.External(entity.name, (("query", query), ("k", k)), node.span)
        return found, ListType(self.world.returns[entity.name])

    def tune(self, node: ast.TuneRange | ast.TuneChoices, wanted: str) -> Typed:
        """A value that an optimizer chooses: plain values of one kind, or a number within bounds."""
        for one in node.choices if isinstance(node, ast.TuneChoices) else ():
            self.read |= {one.name.text} if isinstance(one, ast.Reference) else set()
        space, value, type_ = lower_space(self.world, node)
        if not self.tunable:
            advice = "passes tune what modules hold"
            self.world.sink.add(problems.wrong_kind("tune", "part of a module", "value", node.span, None, advice))
            return ir.Const(None, node.span), type_
        slot = self.free_site(wanted)
        self.sites[slot] = node.span
        return ir.Tune(slot, space, value, node.span), type_

    def lost(self, node: ast.CallExpr | ast.StrategyExpr | ast.SampledExpr | ast.EnsembleExpr) -> Typed:
        """What stands for a call that is wrong: its arguments are checked all the same."""
        if isinstance(node, ast.EnsembleExpr):
            for item in node.items:
                self.lower(item)
        else:
            call = node.call if isinstance(node, ast.SampledExpr) else node
            for argument in call.arguments:
                self.lower(argument.value)
        return ir.Const(None, node.span), UNKNOWN

    def free_site(self, wanted: str) -> str:
        """A name that no call site or tuned value of the module has yet."""
        name, number = wanted, 2
        while name in self.sites:
            name, number = f"{wanted}{number}", number + 1
        return name

    def arguments(
        self,
        callee: str,
        params: tuple[Field, ...],
        node: ast.CallExpr | ast.StrategyExpr,
        declared: Span | None,
        types: dict[str, Type] | None = None,
    ) -> tuple[tuple[str, ir.Expr], ...]:
        """The arguments of a call by name, in the order of the parameters. Their types are put into `types`."""
        by_name = {param.name: param for param in params}
        given: dict[str, ir.Expr] = {}
        for index, argument in enumerate(node.arguments):
            if argument.name is None and index >= len(params):
                self.lower(argument.value)
                self.world.sink.add(problems.too_many_arguments(callee, len(params), argument.span))
                continue
            name = argument.name.text if argument.name else params[index].name
            tuned = isinstance(argument.value, ast.TuneRange | ast.TuneChoices)
            value, type_ = self.lower(argument.value, name if tuned else None)
            if name not in by_name:
                span = argument.name.span if argument.name else argument.span
                self.world.sink.add(problems.unknown_argument(callee, name, span, by_name, declared))
                given.setdefault(first_missing(params, given, node), value)
            elif name in given:
                self.world.sink.add(problems.repeated_argument(name, argument.span))
            else:
                given[name] = value
                if argument.name is not None:
                    self.note_use(argument.name.span, by_name[name].span)
                self.expect(f"`{name}` of `{callee}`", by_name[name].type, type_, argument.value)
                if types is not None:
                    types[name] = type_
        lacking = [p.name for p in params if p.name not in given and (types is not None or not self.may_lack(p))]
        if lacking:
            span = node.callee.span if isinstance(node, ast.CallExpr) else node.signature.span
            fix = self.given_by_name([by_name[name] for name in lacking], node)
            self.world.sink.add(problems.missing_arguments(callee, lacking, span, declared, fix))
        return tuple((p.name, given.get(p.name, ir.Const(None))) for p in params)

    def given_by_name(self, lacking: list[Field], node: ast.CallExpr | ast.StrategyExpr) -> Fix | None:
        """The fix that gives a call what it lacks: variables of the same names, or for one input the only variable of
        its type that the call does not use."""
        used = {one.value.name.text for one in node.arguments if isinstance(one.value, ast.Reference)}
        found = []
        for field in lacking:
            fitting = [name for name, one in self.variables.items() if self.accepts(field.type, one.type)]
            left = [name for name in fitting if name not in used]
            if field.name in fitting:
                found.append(f"{field.name}: {field.name}")
            elif len(lacking) == 1 and len(left) == 1:
                found.append(f"{field.name}: {left[0]}")
            else:
                return None
        if node.arguments:
            return after(node.arguments[-1].span, "".join(f", {one}" for one in found))
        end = node.span.end if isinstance(node, ast.CallExpr) else node.arguments_span.end
        return Fix(Span(node.span.file, end - 1, end - 1), ", ".join(found))

    def may_lack(self, param: Field) -> bool:
        """Whether a call may leave out a parameter: null stands for it, or its type is a mistake of its own."""
        return any(one == NULL or isinstance(one, UnknownType) for one in self.members_of(param.type))

    def members_of(self, type_: Type) -> list[Type]:
        """The types that a type is one of."""
        shape = self.resolve(type_)
        return [self.resolve(one) for one in shape.members] if isinstance(shape, UnionType) else [shape]

    def fields_of(self, type_: Type) -> list[Field]:
        """The fields of a record, and of all records that a value may be."""
        return [field for one in self.members_of(type_) if isinstance(one, RecordType) for field in one.fields]


def first_missing(
    params: tuple[Field, ...], given: Mapping[str, ir.Expr], node: ast.CallExpr | ast.StrategyExpr
) -> str:
    """The parameter that a misspelt argument was probably meant for, so that it is not reported as lacking too."""
    named = {argument.name.text for argument in node.arguments if argument.name}
    return next((p.name for p in params if p.name not in given and p.name not in named), "")
