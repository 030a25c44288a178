"""What is highlighted, and what each tool calls it."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A TextMate scope without the language at its end, a Pygments token type, and the group of Vim that it is linked
    to (`""`: it has no colour of its own there)."""

    scope: str
    token: str
    group: str


KINDS: dict[str, Kind] = {
    "comment": Kind("comment.line.number-sign", "Comment.Single", "Comment"),
    # Strings. The contents of each have the kind; the quotes are of the same kind, and punctuation.
    "string": Kind("string.quoted.double", "Literal.String.Double", "String"),
    "block": Kind("string.quoted.triple", "Literal.String.Double", "String"),
    "doc": Kind("string.quoted.docstring", "Literal.String.Doc", "String"),
    "format": Kind("string.interpolated", "Literal.String.Double", "String"),
    "prompt": Kind("string.template.prompt", "Literal.String.Double", "String"),
    "regexp": Kind("string.regexp", "Literal.String.Regex", "String"),
    "escape": Kind("constant.character.escape", "Literal.String.Escape", "SpecialChar"),
    "bad_escape": Kind("invalid.illegal.escape", "Error", "Error"),
    "hole": Kind("punctuation.section.embedded", "Literal.String.Interpol", "Special"),
    "embedded": Kind("meta.embedded.line", "Text", ""),
    # Words
    "declaration": Kind("keyword.other.declaration", "Keyword.Declaration", "Structure"),
    "let": Kind("storage.type.let", "Keyword.Declaration", "Structure"),
    "member": Kind("keyword.other.member", "Keyword", "Keyword"),
    "clause": Kind("keyword.other.clause", "Keyword", "Keyword"),
    "modifier": Kind("keyword.other.modifier", "Keyword", "Keyword"),
    "control": Kind("keyword.control", "Keyword", "Statement"),
    "strategy": Kind("keyword.other.strategy", "Keyword.Pseudo", "Macro"),
    "unit": Kind("keyword.other.unit", "Keyword", "Keyword"),
    "type_word": Kind("storage.type", "Keyword.Type", "Type"),
    "operator_word": Kind("keyword.operator.word", "Operator.Word", "Operator"),
    "constant": Kind("constant.language", "Keyword.Constant", "Boolean"),
    # Numbers and marks
    "integer": Kind("constant.numeric.integer", "Literal.Number.Integer", "Number"),
    "float": Kind("constant.numeric.float", "Literal.Number.Float", "Float"),
    "arrow": Kind("keyword.operator.arrow", "Operator", "Operator"),
    "range": Kind("keyword.operator.range", "Operator", "Operator"),
    "operator": Kind("keyword.operator", "Operator", "Operator"),
    "mark": Kind("punctuation", "Punctuation", ""),
    # Names
    "type_name": Kind("entity.name.type", "Name.Class", "Type"),
    "function_name": Kind("entity.name.function", "Name.Function", "Function"),
    "value_name": Kind("entity.name.variable", "Name.Variable", "Identifier"),
    "type": Kind("support.type.primitive", "Keyword.Type", "Type"),
    "function": Kind("support.function.builtin", "Name.Builtin", "Function"),
    "call": Kind("entity.name.function.call", "Name.Function", "Function"),
    "pass": Kind("support.function.pass", "Name.Builtin.Pseudo", "Function"),
    "type_reference": Kind("entity.name.type.reference", "Name.Class", "Type"),
    "enum_member": Kind("variable.other.enummember", "Name.Constant", "Constant"),
    "option": Kind("support.variable.option", "Name.Attribute", "Identifier"),
    "field": Kind("variable.other.property", "Name.Attribute", ""),
    "name": Kind("variable.other", "Name", ""),
    # Jinja in prompts
    "jinja": Kind("meta.embedded.jinja", "Name", ""),
    "jinja_brace": Kind("punctuation.section.embedded.jinja", "Comment.Preproc", "PreProc"),
    "jinja_comment": Kind("comment.block.jinja", "Comment.Multiline", "Comment"),
    "jinja_word": Kind("keyword.control.jinja", "Keyword", "PreProc"),
    "jinja_filter": Kind("support.function.filter.jinja", "Name.Function", "Function"),
    "jinja_constant": Kind("constant.language.jinja", "Keyword.Constant", "Boolean"),
    "jinja_string": Kind("string.quoted.jinja", "Literal.String.Single", "String"),
    "jinja_number": Kind("constant.numeric.jinja", "Literal.Number", "Number"),
    "jinja_operator": Kind("keyword.operator.jinja", "Operator", "Operator"),
    "jinja_name": Kind("variable.other.jinja", "Name.Variable", "Identifier"),
}
