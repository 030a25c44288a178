"""Files of rows: JSONL, JSON, CSV, Parquet, and plain text."""

from lmc.tables.files import TEXT_ENDINGS, locate, read_table
from lmc.tables.formats import Json, Read, Records

__all__ = ["TEXT_ENDINGS", "Json", "Read", "Records", "locate", "read_table"]
