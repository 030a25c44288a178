"""From a program back to a file: `lift`. Its text is "core": valid source with everything inferred written down."""

from __future__ import annotations

import posixpath

from lmc.elaborate.lift_code import Code
from lmc.elaborate.lift_values import argument, ident, lift_field, lift_json, lift_side, lift_type
from lmc.ir import program as ir
from lmc.ir.types import UNKNOWN
from lmc.syntax import ast


def lift(program: ir.Program) -> ast.File:
    """The file that lowers to the program. The inverse of `lower` for a program of one file."""
    code, home = Code(program), home_of(program)
    declarations: list[ast.Declaration] = [lift_lm(lm) for lm in program.lms]
    declarations += [ast.TypeStmt(ident(one.name), lift_type(one.type)) for one in program.types]
    declarations += [lift_data(dataset, home) for dataset in program.datasets]
    declarations += [lift_extern(one, home) for one in program.externs]
    declarations += [lift_tool(one) for one in program.tools]
    declarations += [lift_retriever(one, home) for one in program.retrievers]
    declarations += [lift_signature(signature) for signature in program.signatures]
    declarations += [code.module(module) for module in program.modules]
    declarations += [
        ast.MetricStmt(ident(one.name), tuple(ident(name) for name in one.params), code.expr(one.body))
        for one in program.metrics
    ]
    declarations += [lift_optimize(optimize) for optimize in program.optimizes]
    declarations += [lift_emit(one) for one in program.emits]
    declarations += [lift_test(code, one) for one in program.tests]
    return ast.File(tuple(declarations))


def home_of(program: ir.Program) -> str:
    """The folder that paths are to be relative to: that of all files that declare some, or the project's."""
    declared: tuple[ir.Dataset | ir.Extern | ir.Retriever, ...]
    declared = (*program.datasets, *program.externs, *program.retrievers)
    bases = {one.base for one in declared}
    return bases.pop() if len(bases) == 1 else "."


def placed(base: str, path: str, home: str) -> str:
    """A path relative to a folder, of one relative to the folder of the file that declares it."""
    return path if base == home else posixpath.relpath(posixpath.join(base, path), home)


def lift_extern(extern: ir.Extern, home: str) -> ast.ExternStmt:
    """An extern."""
    params, file = tuple(map(lift_field, extern.params)), placed(extern.base, extern.file, home)
    name, returns = ident(extern.name), lift_type(extern.returns)
    return ast.ExternStmt(ident("python"), file, name, params, returns, extern.doc or None)


def lift_tool(tool: ir.Tool) -> ast.ToolStmt:
    """A tool."""
    params, options = tuple(map(lift_field, tool.params)), tuple(argument(one, lift_json(v)) for one, v in tool.options)
    name, returns, protocol = ident(tool.name), lift_type(tool.returns), ident(tool.protocol)
    return ast.ToolStmt(name, params, returns, protocol, tool.target, options, tool.doc or None)


def lift_retriever(retriever: ir.Retriever, home: str) -> ast.RetrieverStmt:
    """A retriever."""
    row = None if retriever.row == UNKNOWN else lift_type(retriever.row)
    options = [argument("k", ast.Value(retriever.k))]
    if retriever.fields:
        options.insert(0, argument("fields", lift_json(list(retriever.fields))))
    source: ast.Expr
    if retriever.function is not None:
        source = ast.Reference(ident(retriever.function))
    else:
        source = ast.Value(placed(retriever.base, retriever.file, home))
        options.insert(0, argument("by", ast.Value(retriever.kind)))
    if retriever.lm is not None:
        options.append(argument("lm", ast.Reference(ident(retriever.lm))))
    return ast.RetrieverStmt(ident(retriever.name), row, source, tuple(options))


def lift_emit(emit: ir.Emit) -> ast.EmitStmt:
    """What to write."""
    options = tuple(argument(name, lift_json(value)) for name, value in emit.options)
    return ast.EmitStmt(tuple(ident(name) for name in emit.backends), emit.folder, emit.profile or None, options)


def lift_test(code: Code, test: ir.Test) -> ast.TestStmt:
    """A test."""
    options = tuple(
        argument(name, ast.Reference(ident(value)) if name == "lm" else lift_json(value))
        for name, value in test.options
    )
    cases = []
    for case in test.cases:
        call = code.expr(case.call)
        assert isinstance(call, ast.CallExpr | ast.StrategyExpr)
        cases.append(ast.CaseDecl(call, code.expr(case.holds)))
    return ast.TestStmt(test.name, options, tuple(cases))


def lift_lm(lm: ir.LMDecl) -> ast.LMStmt:
    """An LM; its fallback is a name."""
    options = tuple(
        argument(name, ast.Reference(ident(value)) if name == "fallback" else lift_json(value))
        for name, value in lm.options
    )
    return ast.LMStmt(ident(lm.name), lm.reference, options)


def lift_data(dataset: ir.Dataset, home: str) -> ast.DataStmt:
    """A data set."""
    source: ast.Expr
    if dataset.files and dataset.files[0][0] == "":
        source = ast.Value(placed(dataset.base, dataset.files[0][1], home))
    else:
        source = ast.RecordDisplay(
            tuple(argument(role, ast.Value(placed(dataset.base, path, home))) for role, path in dataset.files)
        )
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
        prompts=() if signature.prompt is None else (ast.PromptDecl(tuple(map(lift_turn, signature.prompt))),),
    )


def lift_turn(turn: ir.Turn) -> ast.PromptTurn:
    """A message of a prompt."""
    return ast.PromptTurn(turn.role, turn.source, turn.fixed)


def lift_optimize(optimize: ir.Optimize) -> ast.OptimizeStmt:
    """An optimize block."""
    clauses = [ast.Clause("data", ident(optimize.dataset)), ast.Clause("metric", ident(optimize.metric))]
    if optimize.lm is not None:
        clauses.append(ast.Clause("lm", ident(optimize.lm)))
    if optimize.teacher is not None:
        clauses.append(ast.Clause("teacher", ident(optimize.teacher)))
    if optimize.proposer is not None:
        clauses.append(ast.Clause("proposer", ident(optimize.proposer)))
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
    if not optimize.assertions:
        clauses.append(ast.Clause("assertions", False))
    return ast.OptimizeStmt(ident(optimize.module), tuple(clauses), optimize.profile or None)
