"""Between the tree of a file and the program that it means."""

from lmc.elaborate.lift import lift
from lmc.elaborate.lower import lower

__all__ = ["lift", "lower"]
