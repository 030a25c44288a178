"""People who say what is right for rows that were made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from lmc.ir.program import Json


class Person(Protocol):
    """Asks a person, in a file or otherwise. The same rows are asked for once."""

    def __call__(
        self,
        rows: Sequence[Mapping[str, Json]],
        inputs: Sequence[str],
        wanted: Sequence[str],
        fits: Callable[[Mapping[str, str]], bool],
    ) -> list[dict[str, str]]:
        """What a person said of each row: a text for each `wanted` column, as a cell of a CSV file; nothing for a row
        that he left out. `inputs` are the columns that the rows have; `fits` tells whether texts are of the right
        types. Raises Failure as long as something is missing or does not fit."""
        ...
