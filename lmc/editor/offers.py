"""What completion offers, and how editors show it."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

from lmc.editor.library import Parameter
from lmc.editor.options import Option

ICONS = {
    "variable": types.CompletionItemKind.Variable,
    "field": types.CompletionItemKind.Field,
    "argument": types.CompletionItemKind.Property,
    "option": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.EnumMember,
    "file": types.CompletionItemKind.File,
    "folder": types.CompletionItemKind.Folder,
    "keyword": types.CompletionItemKind.Keyword,
    "function": types.CompletionItemKind.Function,
    "pass": types.CompletionItemKind.Event,
    "backend": types.CompletionItemKind.EnumMember,
    "type": types.CompletionItemKind.Struct,
    "signature": types.CompletionItemKind.Interface,
    "module": types.CompletionItemKind.Function,
    "metric": types.CompletionItemKind.Function,
    "extern": types.CompletionItemKind.Function,
    "tool": types.CompletionItemKind.Method,
    "retriever": types.CompletionItemKind.Function,
    "LM": types.CompletionItemKind.Constant,
    "data set": types.CompletionItemKind.Constant,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could be written: what it is, a line on it, its documentation, its rank (0 comes first), and what
    is written for it, where that is not its label."""

    label: str
    kind: str
    detail: str = ""
    text: str = ""
    rank: int = 1
    written: str = ""

    @property
    def order(self) -> tuple[int, str]:
        """How offers are sorted."""
        return self.rank, self.label


def item(offer: Offer, place: types.Range) -> types.CompletionItem:
    """An offer as an editor shows it. `place` is what it is written over."""
    text = types.MarkupContent(types.MarkupKind.Markdown, offer.text) if offer.text else None
    return types.CompletionItem(
        offer.label,
        kind=ICONS[offer.kind],
        detail=offer.detail or None,
        documentation=text,
        sort_text=f"{offer.rank}{offer.label}",
        filter_text=offer.written or None,
        text_edit=types.TextEdit(place, offer.written or offer.label),
    )


def keyword(word: str, rank: int = 3) -> Offer:
    """A word of the language."""
    return Offer(word, "keyword", "", "", rank)


def option_name(option: Option) -> Offer:
    """The name of an option."""
    wanted = option.wanted or " | ".join(option.values)
    return Offer(option.name, "option", wanted, option.text, 0, f"{option.name}: ")


def named(parameter: Parameter, text: str) -> Offer:
    """A named argument."""
    return Offer(parameter.name, "argument", parameter.label, text, 0, f"{parameter.name}: ")
