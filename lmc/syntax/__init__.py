"""The surface language: text to tree and back."""

from lmc.source import SourceFile
from lmc.syntax.parse import parse
from lmc.syntax.tokens import KEYWORDS

__all__ = ["KEYWORDS", "SourceFile", "format_file", "parse"]
