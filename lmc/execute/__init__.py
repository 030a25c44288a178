"""The interpreter: runs modules, independent calls at the same time, and leaves a trace of every call."""
