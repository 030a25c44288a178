"""Checks that a program is well formed: what every pass may assume and must keep."""

from __future__ import annotations

from lmc.ir.program import Assign, For, If, Invoke, Let, Module, Name, Predict, Program, Return, Stmt
from lmc.ir.walk import own_expressions, subexpressions


class Malformed(AssertionError):
    """A bug of the compiler: a pass left a program that means nothing."""


def verify(program: Program) -> None:
    """Raises Malformed when a name has no declaration, a call does not fit its callee, a call site's name is taken
    twice, or a module can end without a value."""
    for kind in ("lms", "types", "datasets", "signatures", "modules", "metrics"):
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
            for one in subexpressions(expr):
                verify_expression(program, module, one, names, sites)
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
            case Return():
                pass


def verify_expression(program: Program, module: Module, expr: object, names: set[str], sites: set[str]) -> None:
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


def returns(body: tuple[Stmt, ...]) -> bool:
    """Whether every path through a block ends with a return."""
    return any(
        isinstance(stmt, Return) or (isinstance(stmt, If) and returns(stmt.then) and returns(stmt.otherwise))
        for stmt in body
    )
