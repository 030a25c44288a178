"""What elaboration finds out about places in the source, for those who ask: an editor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lmc.ir.subtype import base, resolve
from lmc.ir.types import Constrained, Field, ListType, MapType, NamedType, RecordType, Type, UnionType, UnknownType
from lmc.source import Span

if TYPE_CHECKING:
    from lmc.elaborate.scope import Scope, World


@dataclass
class Notes:
    """`types` are the types of expressions, and of the names that introduce variables, by place. `uses` says of the
    place of a name where that what it names is declared: for variables, fields and named arguments. `shown` are the
    fields that records write out, by place. `world` and `scopes` (by path) are what was known in the end."""

    types: dict[Span, Type] = field(default_factory=dict)
    uses: dict[Span, Span] = field(default_factory=dict)
    shown: set[Span] = field(default_factory=set)
    world: World | None = None
    scopes: Mapping[str, Scope] = field(default_factory=dict)

    def typed(self, span: Span, type_: Type) -> None:
        """Notes the type of what stands at a place; one that is known is better than one that is not."""
        if not isinstance(type_, UnknownType) or span not in self.types:
            self.types[span] = type_

    def used(self, span: Span, declared: Span | None) -> None:
        """Notes where what a name stands for is declared."""
        if declared is not None and declared != span and declared.file:
            self.uses[span] = declared

    def taken(self, want: Type, got: Type, named: Mapping[str, Type], seen: frozenset[str] = frozenset()) -> None:
        """Notes that a value of a type goes where one of another is wanted: the fields that a record writes out are
        those that the wanted type declares."""
        if isinstance(want, NamedType):
            if want.name in seen:
                return
            seen |= {want.name}
        wanted, given = resolve(want, named), resolve(got, named)
        wanted = wanted.type if isinstance(wanted, Constrained) else wanted
        match wanted, base(given):
            case UnionType(members), _:
                for member in members:
                    self.taken(member, given, named, seen)
            case (ListType(inner), ListType(item)) | (MapType(inner), MapType(item)):
                self.taken(inner, item, named, seen)
            case RecordType(fields), RecordType(values):
                by_name = {one.name: one for one in fields}
                if all(one.name in by_name for one in values):
                    for one in values:
                        self.field_taken(by_name[one.name], one)
                        self.taken(by_name[one.name].type, one.type, named, seen)

    def field_taken(self, want: Field, got: Field) -> None:
        """Notes that a field which a record writes out is a declared one."""
        if got.span in self.shown and got.span is not None:
            self.used(got.span, want.span)
