"""Programs in other forms: frozen prompts, Python."""

from lmc.backends.backend import Backend
from lmc.backends.prompts import Prompts
from lmc.backends.python import Python

BACKENDS: tuple[Backend, ...] = (Prompts(), Python())
"""Every backend that `emit` can name."""

__all__ = ["BACKENDS", "Backend"]
