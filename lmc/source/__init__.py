"""Source text and places in it."""

from lmc.source.text import SourceFile, Span

__all__ = ["SourceFile", "Span"]
