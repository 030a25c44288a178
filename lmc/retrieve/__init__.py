"""Finds passages of a corpus: by their words, by the vectors of an embedding LM, or as a function of the user does."""

from lmc.retrieve.corpus import Corpus, Passage, column_schemas, make_corpus, read_corpus
from lmc.retrieve.dense import Embed
from lmc.retrieve.extern import ExternIndex
from lmc.retrieve.index import Index, Kind, open_index

__all__ = [
    "Corpus",
    "Embed",
    "ExternIndex",
    "Index",
    "Kind",
    "Passage",
    "column_schemas",
    "make_corpus",
    "open_index",
    "read_corpus",
]
