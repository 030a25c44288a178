"""Checks that a program is well formed: what every pass may assume and must keep."""

from __future__ import annotations

from lmc.ir.expression import Comprehension, Expr, External, Invoke, Name, Predict, Score, Try, Tune
from lmc.ir.program import Module, Program, Retriever
from lmc.ir.statement import Assign, Attempt, Break, Check, For, If, Let, Return, Stmt, While
from lmc.ir.walk import children, own_expressions


class Malformed(AssertionError):
    """A bug of the compiler: a pass left a program that means nothing."""


def verify(program: Program) -> None:
    """Raises Malformed when a name has no declaration, a call does not fit its callee, a call site's name is taken
    twice, or a module can end without a value."""
    for kind in ("lms", "types", "datasets", "signatures", "modules", "metrics", "externs", "tools"):
        names = [one.name for one in getattr(program, kind)]
        require(len(names) == len(set(names)), f"two {kind} have one name")
    for module in program.modules:
        sites: set[str] = set()
        verify_block(program, module, module.body, {param.name for param in module.params}, sites)
        require(returns(module.body), f"module {module.name} may end without a value")


def require(holds: bool, what: str) -> None:
    """Raises Malformed unless it holds."""
    if not holds:
        raise Malformed(what)


def verify_block(program: Program, module: Module, body: tuple[Stmt, ...], names: set[str], sites: set[str]) -> None:
    """A block, given the names in sight."""
    names = set(names)
    for stmt in body:
        for expr in own_expressions(stmt):
            verify_expression(program, module, expr, names, sites)
        match stmt:
            case Let(name):
                require(name not in names, f"{module.name}: {name} is introduced twice")
                names.add(name)
            case Assign(name):
                require(name in names, f"{module.name}: {name} is assigned before it is introduced")
            case If(_, then, otherwise):
                verify_block(program, module, then, names, sites)
                verify_block(program, module, otherwise, names, sites)
            case For(name, _, _, inner):
                verify_block(program, module, inner, names | {name}, sites)
            case While(_, _, inner):
                verify_block(program, module, inner, names, sites)
            case Attempt(_, _, restored, inner):
                require(names.issuperset(restored), f"{module.name}: an attempt restores what is not in sight")
                verify_block(program, module, inner, names, sites)
                names |= introduced(inner)
            case Return() | Break() | Check():
                pass


def introduced(body: tuple[Stmt, ...]) -> set[str]:
    """The variables that the body of an attempt leaves in sight behind it."""
    found = {stmt.name for stmt in body if isinstance(stmt, Let)}
    return found.union(*(introduced(stmt.body) for stmt in body if isinstance(stmt, Attempt)))


def verify_expression(program: Program, module: Module, expr: Expr, names: set[str], sites: set[str]) -> None:
    """One expression and what is in it."""
    match expr:
        case Comprehension(value, name, items, condition):
            verify_expression(program, module, items, names, sites)
            for one in (value, *((condition,) if condition is not None else ())):
                verify_expression(program, module, one, names | {name}, sites)
            return
        case Try(value, otherwise):
            verify_expression(program, module, value, names, sites)
            verify_expression(program, module, otherwise, names | {"error"}, sites)
            return
    verify_node(program, module, expr, names, sites)
    for child in children(expr):
        verify_expression(program, module, child, names, sites)


def verify_node(program: Program, module: Module, expr: Expr, names: set[str], sites: set[str]) -> None:
    """One expression, without what is in it."""
    match expr:
        case Name(name):
            require(name in names, f"{module.name}: {name} is not in sight")
        case Predict(site, _, signature, arguments):
            require(site not in sites, f"{module.name}: two call sites are called {site}")
            sites.add(site)
            wanted = [field.name for field in program.signature(signature).inputs]
            require([name for name, _ in arguments] == wanted, f"{module.name}.{site} does not fit {signature}")
        case Invoke(callee, arguments):
            wanted = [field.name for field in program.module(callee).params]
            require([name for name, _ in arguments] == wanted, f"{module.name}: a call does not fit {callee}")
        case External(name, arguments):
            require([one for one, _ in arguments] == parameters(program, name), f"{module.name}: {name} is misused")
        case Tune(slot):
            require(slot not in sites, f"{module.name}: two slots are called {slot}")
            sites.add(slot)
        case Score(metric):
            require(any(one.name == metric for one in program.metrics), f"{module.name}: there is no metric {metric}")


def parameters(program: Program, name: str) -> list[str]:
    """The parameters of an extern, tool or retriever, or of the sandbox."""
    if name == "run_code":
        return ["code"]
    found = program.external(name)
    return ["query", "k"] if isinstance(found, Retriever) else [field.name for field in found.params]


def returns(body: tuple[Stmt, ...]) -> bool:
    """Whether every path through a block ends with a return."""
    return any(
        isinstance(stmt, Return)
        or (isinstance(stmt, If) and returns(stmt.then) and returns(stmt.otherwise))
        or (isinstance(stmt, Attempt) and returns(stmt.body))
        for stmt in body
    )
