"""Between the tree of a file and the program that it means."""

from lmc.elaborate.lift import lift
from lmc.elaborate.lower import lower
from lmc.elaborate.structure import restructured, settled, structure_between

__all__ = ["lift", "lower", "restructured", "settled", "structure_between"]
