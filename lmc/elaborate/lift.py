"""From a program back to a file: `lift`. Its text is "core": valid source with everything inferred written down."""

from __future__ import annotations

from lmc.ir import program as ir
from lmc.ir.types import (
    NULL,
    EnumType,
    Field,
    ListType,
    LiteralType,
    NamedType,
    Primitive,
    RecordType,
    Type,
    UnionType,
    UnknownType,
)
from lmc.syntax import ast


def lift(program: ir.Program) -> ast.File:
    """The file that lowers to the program. The inverse of `lower` for a program of one file."""
    declarations: list[ast.Declaration] = [lift_lm(lm) for lm in program.lms]
    declarations += [ast.TypeStmt(ident(one.name), lift_type(one.type)) for one in program.types]
    declarations += [lift_data(dataset) for dataset in program.datasets]
    declarations += [lift_signature(signature) for signature in program.signatures]
    declarations += [lift_module(module) for module in program.modules]
    declarations += [
        ast.MetricStmt(ident(one.name), tuple(ident(name) for name in one.params), lift_expr(one.body))
        for one in program.metrics
    ]
    declarations += [lift_optimize(optimize) for optimize in program.optimizes]
    declarations += [ast.EmitStmt(tuple(ident(name) for name in one.backends), one.folder) for one in program.emits]
    return ast.File(tuple(declarations))


def ident(name: str) -> ast.Ident:
    """A name."""
    return ast.Ident(name)


def argument(name: str, value: ast.Expr) -> ast.Argument:
    """A named argument."""
    return ast.Argument(ident(name), value)


def lift_lm(lm: ir.LMDecl) -> ast.LMStmt:
    """An LM; its fallback is a name."""
    options = tuple(
        argument(name, ast.Reference(ident(value)) if name == "fallback" else lift_json(value))
        for name, value in lm.options
    )
    return ast.LMStmt(ident(lm.name), lm.reference, options)


def lift_type(type_: Type) -> ast.TypeExpr:
    """A type."""
    match type_:
        case Primitive(name) | NamedType(name):
            return ast.NameType(ident(name))
        case LiteralType(value):
            return ast.ConstType(value)
        case EnumType(values):
            return ast.EnumBody(values)
        case RecordType(fields):
            return ast.RecordBody(tuple(lift_field(field) for field in fields))
        case ListType(item):
            return ast.ListOfType(lift_type(item))
        case UnionType(members) if members[-1] == NULL:
            rest = members[:-1]
            inner = lift_type(rest[0]) if len(rest) == 1 else ast.EitherType(tuple(map(lift_type, rest)))
            return ast.OptionalType(inner)
        case UnionType(members):
            return ast.EitherType(tuple(map(lift_type, members)))
        case UnknownType():
            raise ValueError("a program with mistakes in it has no core")


def lift_field(field: Field) -> ast.FieldDecl:
    """A field."""
    return ast.FieldDecl(ident(field.name), lift_type(field.type), field.description or None, field.alias)


def lift_data(dataset: ir.Dataset) -> ast.DataStmt:
    """A data set."""
    source: ast.Expr
    if dataset.files and dataset.files[0][0] == "":
        source = ast.Value(dataset.files[0][1])
    else:
        source = ast.RecordDisplay(tuple(argument(role, ast.Value(path)) for role, path in dataset.files))
    options = []
    if dataset.split:
        shares = tuple(
            argument(role, ast.Reference(ident("rest")) if share == "rest" else ast.Value(share))
            for role, share in dataset.split
        )
        options.append(argument("split", ast.RecordDisplay(shares)))
    options.append(argument("seed", lift_json(dataset.seed)))
    if dataset.columns:
        columns = tuple(argument(name, ast.Value(column)) for name, column in dataset.columns)
        options.append(argument("columns", ast.RecordDisplay(columns)))
    row = None if dataset.row is None else lift_type(dataset.row)
    return ast.DataStmt(ident(dataset.name), row, source, tuple(options))


def lift_signature(signature: ir.Signature) -> ast.SignatureStmt:
    """A signature in its long form."""
    return ast.SignatureStmt(
        ident(signature.name),
        signature.doc or None,
        tuple(lift_field(field) for field in signature.inputs),
        tuple(lift_field(field) for field in signature.outputs),
        tuple(ast.DemoDecl(lift_side(demo.inputs), lift_side(demo.outputs)) for demo in signature.demos),
    )


def lift_side(values: tuple[tuple[str, ir.Json], ...]) -> tuple[ast.Argument, ...]:
    """One side of a demonstration."""
    return tuple(argument(name, lift_json(value)) for name, value in values)


def lift_json(value: ir.Json) -> ast.Expr:
    """A JSON value as an expression."""
    if isinstance(value, list):
        return ast.ListDisplay(tuple(lift_json(item) for item in value))
    if isinstance(value, dict):
        return ast.RecordDisplay(tuple(argument(name, lift_json(item)) for name, item in value.items()))
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.Operator("-", (ast.Value(-value),))
    return ast.Value(value)


def lift_module(module: ir.Module) -> ast.ModuleStmt:
    """A module."""
    params = tuple(lift_field(param) for param in module.params)
    body = tuple(lift_stmt(stmt) for stmt in module.body)
    return ast.ModuleStmt(ident(module.name), params, lift_type(module.returns), body, module.doc or None)


def lift_stmt(stmt: ir.Stmt) -> ast.Stmt:
    """A statement. A `let` is written with its type where the type has a name or is simple."""
    match stmt:
        case ir.Let(name, type_, value):
            return ast.LetStmt(ident(name), None if holds_unknown(type_) else lift_type(type_), lift_expr(value))
        case ir.Assign(name, value):
            return ast.AssignStmt(ident(name), lift_expr(value))
        case ir.If(condition, then, otherwise):
            other = tuple(lift_stmt(one) for one in otherwise) if otherwise else None
            return ast.IfStmt(lift_expr(condition), tuple(lift_stmt(one) for one in then), other)
        case ir.For(name, items, bound, body):
            return ast.ForStmt(ident(name), lift_expr(items), bound, tuple(lift_stmt(one) for one in body))
        case ir.Return(value):
            return ast.ReturnStmt(lift_expr(value))


def holds_unknown(type_: Type) -> bool:
    """Whether a type has a part that the source does not tell (an item of an empty list)."""
    match type_:
        case UnknownType():
            return True
        case ListType(item):
            return holds_unknown(item)
        case UnionType(members):
            return any(holds_unknown(member) for member in members)
        case RecordType(fields):
            return any(holds_unknown(field.type) for field in fields)
    return False


def lift_expr(expr: ir.Expr) -> ast.Expr:  # noqa: C901
    """An expression; arguments of calls by name, call sites named."""
    match expr:
        case ir.Const(value):
            return lift_json(value)
        case ir.Name(name):
            return ast.Reference(ident(name))
        case ir.Member(base, name):
            return ast.Attribute(lift_expr(base), ident(name))
        case ir.Item(base, index):
            return ast.Subscript(lift_expr(base), lift_expr(index))
        case ir.Operation("not", (ir.Operation("in", operands),)):
            return ast.Operator("not in", tuple(lift_expr(one) for one in operands))
        case ir.Operation(operator, operands):
            return ast.Operator("-" if operator == "neg" else operator, tuple(lift_expr(one) for one in operands))
        case ir.Conditional(condition, then, otherwise):
            return ast.Ternary(lift_expr(condition), lift_expr(then), lift_expr(otherwise))
        case ir.ListOf(items):
            return ast.ListDisplay(tuple(lift_expr(item) for item in items))
        case ir.RecordOf(fields):
            return ast.RecordDisplay(tuple(argument(name, lift_expr(value)) for name, value in fields))
        case ir.Interpolation(parts):
            return ast.FormatString(tuple(part if isinstance(part, str) else lift_expr(part) for part in parts))
        case ir.Apply(function, arguments):
            return ast.CallExpr(ident(function), tuple(ast.Argument(None, lift_expr(one)) for one in arguments))
        case ir.Invoke(module, arguments):
            return ast.CallExpr(ident(module), lift_arguments(arguments))
        case ir.Predict(site, strategy, signature, arguments, settings):
            written = lift_settings(settings)
            return ast.StrategyExpr(strategy, ident(signature), lift_arguments(arguments), ident(site), written)


def lift_arguments(arguments: tuple[tuple[str, ir.Expr], ...]) -> tuple[ast.Argument, ...]:
    """Named arguments."""
    return tuple(argument(name, lift_expr(value)) for name, value in arguments)


def lift_settings(settings: ir.Settings) -> tuple[ast.Argument, ...]:
    """The settings that a call site makes."""
    found: list[ast.Argument] = []
    if settings.lm is not None:
        found.append(argument("lm", ast.Reference(ident(settings.lm))))
    if settings.instruction is not None:
        found.append(argument("instruction", ast.Value(settings.instruction)))
    if settings.demos is not None:
        found.append(argument("demos", ast.ListDisplay(tuple(lift_demo(demo) for demo in settings.demos))))
    if settings.layout is not None:
        layout = settings.layout
        parts = {"turns": layout.turns, "fields": layout.fields, "reply": layout.reply, "types": layout.types}
        found.append(argument("layout", lift_json(parts)))
    for name in ("temperature", "max_tokens", "retries"):
        value = getattr(settings, name)
        if value is not None:
            found.append(argument(name, lift_json(value)))
    return tuple(found)


def lift_demo(demo: ir.Demo) -> ast.Expr:
    """A demonstration as a record of its inputs, outputs and origin."""
    origin = (argument("origin", ast.Value(demo.origin)),) if demo.origin is not None else ()
    return ast.RecordDisplay((*lift_side(demo.inputs), *lift_side(demo.outputs), *origin))


def lift_optimize(optimize: ir.Optimize) -> ast.OptimizeStmt:
    """An optimize block."""
    clauses = [ast.Clause("data", ident(optimize.dataset)), ast.Clause("metric", ident(optimize.metric))]
    if optimize.lm is not None:
        clauses.append(ast.Clause("lm", ident(optimize.lm)))
    if optimize.teacher is not None:
        clauses.append(ast.Clause("teacher", ident(optimize.teacher)))
    budget = optimize.budget
    limits = ((budget.calls, "calls"), (budget.tokens, "tokens"), (budget.dollars, "dollars"))
    if any(limit is not None for limit, _ in limits):
        clauses.append(ast.Clause("budget", tuple((limit, unit) for limit, unit in limits if limit is not None)))
    clauses.append(ast.Clause("seed", optimize.seed))
    if optimize.passes is not None:
        calls = tuple(
            ast.PassCall(ident(spec.name), tuple(argument(name, lift_json(value)) for name, value in spec.options))
            for spec in optimize.passes
        )
        clauses.append(ast.Clause("passes", calls))
    return ast.OptimizeStmt(ident(optimize.module), tuple(clauses))
