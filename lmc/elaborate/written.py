"""How parts of a program are written: for the fixes of mistakes, which write them anew."""

from __future__ import annotations

from lmc.syntax import ast

WIDE = 1 << 30


def written(node: ast.Expr | ast.TypeExpr) -> str:
    """An expression or a type, on one line where that can be. Loads the formatter."""
    from lmc.syntax.layout import render
    from lmc.syntax.phrases import Phrases

    phrases = Phrases(ast.File(()))
    if isinstance(
        node,
        ast.NameType
        | ast.ConstType
        | ast.EnumBody
        | ast.RecordBody
        | ast.ListOfType
        | ast.EitherType
        | ast.OptionalType
        | ast.MapOfType
        | ast.LimitedType,
    ):
        return render((phrases.type(node),), WIDE)
    return render((phrases.expr(node),), WIDE)
