"""The Python backend: a program as one module that needs nothing but Python's standard library."""

from lmc.backends.python.module import Python

__all__ = ["Python"]
