"""Modules, statements and expressions as they are written."""

from __future__ import annotations

from lmc.elaborate.expressions import plain_bound
from lmc.elaborate.lift_values import argument, holds_unknown, ident, lift_field, lift_json, lift_side, lift_type
from lmc.ir import program as ir
from lmc.ir.bias import bias_list
from lmc.syntax import ast


class Code:
    """Writes the code of a program; `retrievers` are called in words of their own."""

    def __init__(self, program: ir.Program) -> None:
        self.retrievers = frozenset(one.name for one in program.retrievers)

    def module(self, module: ir.Module) -> ast.ModuleStmt:
        """A module."""
        params = tuple(lift_field(param) for param in module.params)
        body = self.block(module.body)
        returns = lift_type(module.returns)
        return ast.ModuleStmt(ident(module.name), params, returns, body, module.doc or None, module.depth)

    def block(self, body: tuple[ir.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """Statements. An attempt is seen from its assertions."""
        found: list[ast.Stmt] = []
        for stmt in body:
            found += self.block(stmt.body) if isinstance(stmt, ir.Attempt) else [self.stmt(stmt)]
        return tuple(found)

    def stmt(self, stmt: ir.Stmt) -> ast.Stmt:
        """A statement. A `let` is written with its type where the source tells all of it."""
        match stmt:
            case ir.Let(name, type_, value):
                return ast.LetStmt(ident(name), None if holds_unknown(type_) else lift_type(type_), self.expr(value))
            case ir.Assign(name, value):
                return ast.AssignStmt(ident(name), self.expr(value))
            case ir.If(ir.Is(value)):
                return self.match(stmt, value)
            case ir.If(condition, then, otherwise):
                other = self.block(otherwise) if otherwise else None
                return ast.IfStmt(self.expr(condition), self.block(then), other)
            case ir.For(name, items, bound, body, parallel):
                return ast.ForStmt(ident(name), self.expr(items), said(bound, items), self.block(body), parallel)
            case ir.While(condition, bound, body):
                written = None if condition == ir.Const(True) else self.expr(condition)
                return ast.WhileStmt(written, bound, self.block(body))
            case ir.Break():
                return ast.BreakStmt()
            case ir.Check(condition, message, retries, hard):
                return ast.CheckStmt(hard, self.expr(condition), self.expr(message), retries)
            case ir.Return(value):
                return ast.ReturnStmt(self.expr(value))
            case ir.Attempt():
                raise ValueError("an attempt has no words of its own")

    def match(self, stmt: ir.If, value: ir.Expr) -> ast.MatchStmt:
        """A chain of tests of the type of one value."""
        cases: list[ast.MatchCase] = []
        rest: tuple[ir.Stmt, ...] = (stmt,)
        while len(rest) == 1 and isinstance(one := rest[0], ir.If) and isinstance(one.condition, ir.Is):
            if one.condition.value != value:
                break
            cases.append(ast.MatchCase(lift_type(one.condition.type), None, self.block(one.then)))
            rest = one.otherwise
        return ast.MatchStmt(self.expr(value), tuple(cases), self.block(rest))

    def expr(self, expr: ir.Expr) -> ast.Expr:  # noqa: C901
        """An expression; arguments of calls by name, call sites named."""
        match expr:
            case ir.Const(value):
                return lift_json(value)
            case ir.Name(name):
                return ast.Reference(ident(name))
            case ir.Member(base, name):
                return ast.Attribute(self.expr(base), ident(name))
            case ir.Item(base, index):
                return ast.Subscript(self.expr(base), self.expr(index))
            case ir.Operation("not", (ir.Operation("in", operands),)):
                return ast.Operator("not in", tuple(self.expr(one) for one in operands))
            case ir.Operation(operator, operands):
                return ast.Operator("-" if operator == "neg" else operator, tuple(self.expr(one) for one in operands))
            case ir.Conditional(condition, then, otherwise):
                return ast.Ternary(self.expr(condition), self.expr(then), self.expr(otherwise))
            case ir.ListOf(items):
                return ast.ListDisplay(tuple(self.expr(item) for item in items))
            case ir.RecordOf(fields):
                return ast.RecordDisplay(self.arguments(fields))
            case ir.Interpolation(parts):
                return ast.FormatString(tuple(part if isinstance(part, str) else self.expr(part) for part in parts))
            case ir.Comprehension(value, name, items, condition, bound):
                tested = None if condition is None else self.expr(condition)
                most = said(bound, items)
                return ast.ComprehensionExpr(self.expr(value), ident(name), self.expr(items), tested, most)
            case ir.Try(value, otherwise):
                return ast.TryExpr(self.expr(value), self.expr(otherwise))
            case ir.Tune(_, space, value):
                return lift_space(space, value)
            case ir.Apply(function, arguments):
                return ast.CallExpr(ident(function), tuple(ast.Argument(None, self.expr(one)) for one in arguments))
            case ir.External(name, arguments) if name in self.retrievers:
                return ast.RetrieveExpr(ident(name), self.arguments(arguments))
            case ir.Invoke(name, arguments) | ir.External(name, arguments):
                return ast.CallExpr(ident(name), self.arguments(arguments))
            case ir.Score(metric, want, got):
                return ast.CallExpr(ident(metric), self.arguments((("want", want), ("got", got))))
            case ir.Predict():
                return self.predict(expr)
            case ir.Is():
                raise ValueError("a test of a type stands in a `match` alone")

    def predict(self, predict: ir.Predict) -> ast.StrategyExpr:
        """A call of an LM."""
        settings = predict.settings
        tuned = dict(settings.tunes)
        strategy = "|".join((tuned["strategy"].choices or ()) if "strategy" in tuned else (predict.strategy,))
        sample = () if predict.sample is None else (argument("sample", self.expr(predict.sample)),)
        return ast.StrategyExpr(
            strategy,
            ident(predict.signature),
            self.arguments(predict.arguments),
            ident(predict.site),
            (*lift_settings(settings), *sample),
            tuple(ident(tool) for tool in settings.tools),
        )

    def arguments(self, arguments: tuple[tuple[str, ir.Expr], ...]) -> tuple[ast.Argument, ...]:
        """Named arguments."""
        return tuple(argument(name, self.expr(value)) for name, value in arguments)


def said(bound: int | None, items: ir.Expr) -> int | None:
    """The bound of a loop, where what it goes through does not say it."""
    return None if bound == plain_bound(items) else bound


def lift_space(space: ir.Space, value: ir.Json, *, names: bool = False) -> ast.TuneRange | ast.TuneChoices:
    """`tune` and what may be chosen; `at` and what holds, where that is not what would hold unsaid. `names`: the
    choices are names."""
    if space.choices is not None:
        written = [ast.Reference(ident(one)) if names else lift_json(one) for one in space.choices]
        held = None if value == space.choices[0] else written[space.choices.index(value)]
        return ast.TuneChoices(tuple(written), held)
    assert space.low is not None
    assert space.high is not None
    return ast.TuneRange(space.low, space.high, None if value == space.low else value)


def lift_settings(settings: ir.Settings) -> tuple[ast.Argument, ...]:
    """The settings that a call site makes."""
    found: list[ast.Argument] = []
    tuned = dict(settings.tunes)
    if "lm" in tuned:
        found.append(argument("lm", lift_space(tuned["lm"], settings.lm, names=True)))
    elif settings.lm is not None:
        found.append(argument("lm", ast.Reference(ident(settings.lm))))
    if settings.instruction is not None:
        found.append(argument("instruction", ast.Value(settings.instruction)))
    if settings.demos is not None:
        found.append(argument("demos", ast.ListDisplay(tuple(lift_demo(demo) for demo in settings.demos))))
    if settings.layout is not None:
        layout = settings.layout
        parts = {"turns": layout.turns, "fields": layout.fields, "reply": layout.reply, "types": layout.types}
        found.append(argument("layout", lift_json(parts)))
    for name in ("temperature", "max_tokens", "retries", "top_p", "nearest", "strategy"):
        value = getattr(settings, name)
        if name in tuned and name != "strategy":
            found.append(argument(name, lift_space(tuned[name], value)))
        elif value is not None:
            found.append(argument(name, lift_json(value)))
    if settings.logit_bias is not None:
        pairs = bias_list(settings.logit_bias)
        open_ = tuned.get("logit_bias")
        found.append(argument("logit_bias", lift_json(pairs) if open_ is None else lift_space(open_, pairs)))
    return tuple(found)


def lift_demo(demo: ir.Demo) -> ast.Expr:
    """A demonstration as a record of its inputs, outputs, origin and failed attempts."""
    notes: list[ast.Argument] = []
    if demo.origin is not None:
        notes.append(argument("origin", ast.Value(demo.origin)))
    if demo.failures:
        failures = [{"reply": reply, "feedback": feedback} for reply, feedback in demo.failures]
        notes.append(argument("failures", lift_json(failures)))
    return ast.RecordDisplay((*lift_side(demo.inputs), *lift_side(demo.outputs), *notes))
