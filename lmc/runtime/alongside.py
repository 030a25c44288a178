"""What stands beside a program in files: functions that its author wrote in Python, and the rows of a corpus."""

from __future__ import annotations

from typing import Any

ALONGSIDE: dict[str, Any] = {}
"""The files that were read, by their paths: Python modules, and lists of rows."""


def load_function(beside: str, file: str, name: str) -> Any:
    """The function `name` of the Python file `file` in the folder of the file `beside`. The file is run once, when the
    first of its functions is wanted. Raises ImportError when there is no such file or function."""
    import importlib.util
    import os
    import sys

    path = os.path.join(os.path.dirname(os.path.abspath(beside)), file)
    if path not in ALONGSIDE:
        spec = importlib.util.spec_from_file_location(f"{os.path.splitext(file)[0]}_{len(ALONGSIDE)}", path)
        if spec is None or spec.loader is None or not os.path.exists(path):
            raise ImportError(f"{file} is missing: it belongs beside {os.path.basename(beside)}")
        module = importlib.util.module_from_spec(spec)
        # Classes look their module up by its name.
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        ALONGSIDE[path] = module
    found = getattr(ALONGSIDE[path], name, None)
    if not callable(found):
        raise ImportError(f"{file} has no function `{name}`")
    return found


def load_rows(beside: str, file: str) -> list[dict[str, Any]]:
    """The rows of the JSONL file `file` in the folder of the file `beside`, read once."""
    import json
    import os

    path = os.path.join(os.path.dirname(os.path.abspath(beside)), file)
    if path not in ALONGSIDE:
        with open(path, encoding="utf-8") as lines:
            ALONGSIDE[path] = [json.loads(line) for line in lines if line.strip()]
    rows: list[dict[str, Any]] = ALONGSIDE[path]
    return rows
