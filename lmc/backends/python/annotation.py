"""Types of the language as Python annotations, and the definitions of those with names."""

from __future__ import annotations

from collections.abc import Iterator

from lmc.analysis.calls import named_types
from lmc.backends.python.layout import STEP, Doc, bracketed, fits, quote, statement
from lmc.backends.python.names import Names, capital
from lmc.backends.python.prose import comment, docstring
from lmc.elaborate.expressions import REASONING
from lmc.ir.program import Program, Signature, TypeDecl
from lmc.ir.subtype import TURN, base, resolve
from lmc.ir.types import (
    FLOAT,
    HISTORY,
    INT,
    MEDIA,
    NULL,
    STR,
    UNKNOWN,
    Constrained,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    NamedType,
    Primitive,
    RecordType,
    Type,
    UnionType,
    UnknownType,
    limits,
    union,
)

PRIMITIVES = {"str": "str", "int": "int", "float": "float", "bool": "bool", "null": "None"}
SHADOWED = frozenset({*PRIMITIVES.values(), "list", "dict", "Any", "Literal"})
MEDIA_ALIAS = """\
# An image, a recording or a file: its path, an http(s) or data URL, or a record with one of `path`, `url` and `data`
# (base64), and with `mime`.
{name}: TypeAlias = str | dict[str, str]"""


class Annotations:
    """The annotations of one module. Names that are used are remembered, to be defined: those of the program in
    `used`, those of `typing` in `imported`."""

    def __init__(self, program: Program, names: Names) -> None:
        self.names = names
        self.named = dict(named_types(program))
        declared: tuple[TypeDecl | Signature, ...] = (*program.types, *program.signatures)
        self.docs = {one.name: one.doc for one in declared}
        self.spans = {one.name: one.span for one in declared}
        self.python = {one.name: names.claim(one.name) for one in declared}
        self.records: dict[RecordType, str] = {}
        for name, type_ in self.named.items():
            if isinstance(type_, RecordType):
                self.records.setdefault(type_, name)
        self.signatures = {one.name: one.outputs for one in program.signatures}
        self.media = names.claim("Media")
        self.used: dict[str, None] = {}
        self.used_media = False
        self.imported: set[str] = set()

    def reasoned(self, signature: str) -> Type:
        """The type of what a chain of thought gives."""
        outputs = self.signatures[signature]
        if REASONING.name in [one.name for one in outputs]:
            return NamedType(signature)
        return NamedType(self.register(RecordType((REASONING, *outputs)), f"{self.python[signature]}Reasoned"))

    def register(self, record: RecordType, wanted: str) -> str:
        """The name of a record that the source gives none."""
        if record not in self.records:
            self.python[wanted] = self.names.claim(wanted)
            self.named[wanted] = record
            self.records[record] = wanted
        return self.records[record]

    def name_all(self) -> None:
        """Names the records without a name that stand in the types of the program, after their places."""
        queue = [*self.named]
        for name in queue:
            type_, place = self.named[name], self.python[name]
            fields = type_.fields if isinstance(type_, RecordType) else (Field("item", type_),)
            for field in fields:
                for index, record in enumerate(nameless(field.type)):
                    if record.fields and record not in self.records:
                        wanted = f"{place}{capital(field.name)}" + (str(index + 1) if index else "")
                        queue.append(self.register(record, wanted))

    def public(self, type_: Type, wanted: str) -> str:
        """The annotation of a type, every record in it with a name: one without is called after the place, `wanted`."""
        for index, record in enumerate(nameless(type_)):
            if record.fields and record not in self.records:
                self.register(record, wanted + (str(index + 1) if index else ""))
        return self.of(type_)

    def widened(self, type_: Type) -> Type:
        """The type as a type checker sees it: unknown where the annotation is `Any`."""
        match type_:
            case RecordType():
                return NamedType(self.records[type_]) if type_ in self.records else UNKNOWN
            case Constrained(inner):
                return self.widened(inner)
            case ListType(item):
                return ListType(self.widened(item))
            case MapType(item):
                return MapType(self.widened(item))
            case Primitive() if type_ == HISTORY:
                return ListType(NamedType(self.register(TURN, "Turn")))
            case UnionType(members):
                return union(*(self.widened(member) for member in members))
        return type_

    def shape(self, type_: Type) -> Type:
        """What a type is behind its names, without its limits."""
        found = resolve(type_, self.named)
        while isinstance(found, Constrained):
            found = resolve(found.type, self.named)
        return self.widened(found) if found == HISTORY else found

    def of(self, type_: Type) -> str:
        """The annotation of a type."""
        match self.widened(type_):
            case Primitive() as kind if kind in MEDIA:
                self.imported.add("TypeAlias")
                self.used_media = True
                return self.media
            case Primitive(name):
                return PRIMITIVES[name]
            case NamedType(name):
                self.used.setdefault(name)
                return self.python[name]
            case ListType(item):
                return f"list[{self.of(item)}]"
            case MapType(item):
                return f"dict[str, {self.of(item)}]"
            case LiteralType() | EnumType() | UnionType() as either:
                return " | ".join(self.members(either))
        self.imported.add("Any")
        return "Any"

    def members(self, type_: Type) -> Iterator[str]:
        """The members of a union, literals together, null last."""
        members = type_.members if isinstance(type_, UnionType) else (type_,)
        broad = {*members, INT} if FLOAT in members else set(members)
        values = [value for member in members if base(member) not in broad for value in literals(member)]
        rest = [member for member in members if not literals(member) and member != NULL]
        if values:
            self.imported.add("Literal")
            yield f"Literal[{', '.join(dict.fromkeys(values))}]"
        yield from dict.fromkeys(self.of(member) for member in rest)
        if NULL in members:
            yield "None"

    # Definitions.

    def definitions(self) -> list[str]:
        """The definitions of the used names and of those that they use, each after what it needs where there is such
        an order."""
        done: dict[str, str] = {}
        for name in list(self.used):
            self.define(name, done, ())
        return [*([MEDIA_ALIAS.format(name=self.media)] if self.used_media else []), *done.values()]

    def define(self, name: str, done: dict[str, str], stack: tuple[str, ...]) -> None:
        """Adds the definition of a name after those of the names in it."""
        if name in done or name in stack:
            return
        type_ = self.named[name]
        if isinstance(type_, RecordType):
            for field in type_.fields:
                self.public(field.type, self.python[name] + capital(field.name))
        else:
            self.public(type_, f"{self.python[name]}Item")
        for other in mentioned(self.widened_inside(type_)):
            self.define(other, done, (*stack, name))
        if isinstance(type_, RecordType):
            done[name] = self.record(name, type_.fields)
        else:
            done[name] = self.alias(name, type_, frozenset(done))

    def widened_inside(self, type_: Type) -> Type:
        """A record with the types of its fields widened."""
        if isinstance(type_, RecordType):
            return RecordType(tuple(Field(one.name, self.widened(one.type)) for one in type_.fields))
        return self.widened(type_)

    def alias(self, name: str, type_: Type, defined: frozenset[str]) -> str:
        """A name for a type that is no record."""
        before = "".join(f"{line}\n" for line in comment(described(self.docs.get(name, ""), type_)))
        head = f"{self.python[name]}: TypeAlias = "
        self.imported.add("TypeAlias")
        members = list(self.members(type_)) if isinstance(type_, UnionType | EnumType | LiteralType) else []
        if isinstance(type_, EnumType) and any(text for _, text in type_.values):
            lines = []
            for value, text in type_.values:
                lines += [*comment(text, STEP), f"    {quote(value)},"]
            return before + "\n".join([f"{head}Literal[", *lines, "]"])
        if not set(mentioned(self.widened(type_))) <= defined:
            return before + head + quote(self.of(type_))
        values = [Doc(value, whole=True) for value in dict.fromkeys(literals_of(type_))]
        if len(members) == 1 and len(values) > 1:
            return before + statement(head, bracketed("Literal[", [("", value) for value in values], "]"), 0)
        return before + statement(head, Doc(self.of(type_)), 0)

    def record(self, name: str, fields: tuple[Field, ...]) -> str:
        """A record as a TypedDict."""
        own, doc = self.python[name], self.docs.get(name, "")
        self.imported.add("TypedDict")
        annotated = [(field, self.of(field.type)) for field in fields]
        hidden = {field.name for field in fields} & {*SHADOWED, *self.python.values(), *self.names.reserved}
        if hidden or any(field.name.startswith("__") for field in fields):
            # Fields of such names cannot stand in the body of a class.
            lines = [*comment(doc), f"{own} = TypedDict(", f"    {quote(own)},", "    {"]
            for field, annotation in annotated:
                lines += [
                    *comment(described(field.description, field.type), 2 * STEP),
                    f"        {quote(field.name)}: {quote(annotation)},",
                ]
            return "\n".join([*lines, "    },", ")"])
        lines = [f"class {own}(TypedDict):"]
        if doc or not fields:
            lines += [*docstring(doc or "No fields.", STEP), *([""] if fields else [])]
        for field, annotation in annotated:
            lines += [*comment(described(field.description, field.type), STEP)]
            line = f"    {field.name}: {annotation}"
            lines.append(line if fits(line, 0) else f"{line}  # fmt: skip")
        return "\n".join(lines)


def described(text: str, type_: Type) -> str:
    """What is said of a value, and the limits that it keeps to, which Python's types cannot say."""
    kept = bounds(type_)
    return "; ".join(part for part in (text, kept) if part)


def bounds(type_: Type) -> str:
    """The limits of a type, as they are written in source."""
    match type_:
        case Constrained(inner, low, high, pattern):
            return limits(inner, low, high, pattern).strip()
        case ListType(inner) | MapType(inner):
            return f"each {found}" if (found := bounds(inner)) else ""
        case UnionType(members):
            return next(filter(None, map(bounds, members)), "")
    return ""


def literals(type_: Type) -> list[str]:
    """The values of a closed type, as Python literals."""
    if isinstance(type_, EnumType):
        return [quote(value) for value, _ in type_.values]
    if isinstance(type_, LiteralType):
        return [quote(type_.value) if isinstance(type_.value, str) else repr(type_.value)]
    return []


def literals_of(type_: Type) -> list[str]:
    """The values of a closed type or of the closed members of a union."""
    members = type_.members if isinstance(type_, UnionType) else (type_,)
    return [value for member in members for value in literals(member)]


def nameless(type_: Type) -> Iterator[RecordType]:
    """The records that stand in a type without a name."""
    match type_:
        case RecordType():
            yield type_
        case ListType(item) | MapType(item) | Constrained(item):
            yield from nameless(item)
        case UnionType(members):
            for member in members:
                yield from nameless(member)


def mentioned(type_: Type) -> Iterator[str]:
    """The names in a type."""
    match type_:
        case NamedType(name):
            yield name
        case ListType(item) | MapType(item) | Constrained(item):
            yield from mentioned(item)
        case UnionType(members):
            for member in members:
                yield from mentioned(member)
        case RecordType(fields):
            for field in fields:
                yield from mentioned(field.type)


def assignable(got: Type, want: Type, annotations: Annotations) -> bool:  # noqa: C901
    """Whether a type checker takes a value of one annotation for another. An unknown one goes everywhere; what sits
    in a list must be the same."""
    got, want = annotations.widened(got), annotations.widened(want)
    if isinstance(got, UnknownType) or isinstance(want, UnknownType) or got == want:
        return True
    got, want = (one if is_record(one, annotations) else annotations.shape(one) for one in (got, want))
    if got == want:
        return True
    if isinstance(got, UnionType):
        return all(assignable(member, want, annotations) for member in got.members)
    match want, got:
        case UnionType(members), EnumType(values):
            return any(assignable(got, member, annotations) for member in members) or all(
                assignable(LiteralType(value), want, annotations) for value, _ in values
            )
        case UnionType(members), _:
            return any(assignable(got, member, annotations) for member in members)
        case Primitive("float"), Primitive("int"):
            return True
        case Primitive(name), LiteralType(value):
            return name == type(value).__name__ or (name == "float" and type(value) is int)
        case Primitive("str"), EnumType():
            return True
        case EnumType(values), LiteralType(value):
            return any(value == one for one, _ in values)
        case EnumType(values), EnumType(others):
            return {one for one, _ in others} <= {one for one, _ in values}
        case Primitive(), _ if want in MEDIA:
            return base(got) == STR or got in MEDIA
        case (ListType(item), ListType(other)) | (MapType(item), MapType(other)):
            return isinstance(other, UnknownType) or isinstance(item, UnknownType) or same(item, other, annotations)
    return False


def same(one: Type, other: Type, annotations: Annotations) -> bool:
    """Whether two annotations mean the same."""
    return assignable(one, other, annotations) and assignable(other, one, annotations) and exact(one) == exact(other)


def exact(type_: Type) -> bool:
    """Whether nothing in a type is unknown."""
    match type_:
        case UnknownType():
            return False
        case ListType(item) | MapType(item):
            return exact(item)
        case UnionType(members):
            return all(map(exact, members))
    return True


def is_record(type_: Type, annotations: Annotations) -> bool:
    """Whether a type is a record with a name, which a type checker compares by name."""
    return isinstance(type_, NamedType) and isinstance(resolve(type_, annotations.named), RecordType)
