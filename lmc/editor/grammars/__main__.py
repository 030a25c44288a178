"""`python -m lmc.editor.grammars [--check] [FOLDER]`: writes the generated files below a folder, by default the
repository's `grammar/`. `--check` writes nothing, names those that are not as they would be, and fails."""

from __future__ import annotations

import sys
from pathlib import Path

from lmc.editor.grammars.files import generated
from lmc.store.files import write_atomic

GRAMMAR = Path(__file__).parents[3] / "grammar"


def main(arguments: list[str]) -> int:
    """Writes or checks the files; the exit code."""
    folders = [one for one in arguments if not one.startswith("-")]
    folder = Path(folders[0]) if folders else GRAMMAR
    stale = 0
    for name, text in generated().items():
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        print(f"not fresh: {name}" if "--check" in arguments else f"wrote {name}")
        if "--check" not in arguments:
            write_atomic(path, text.encode())
    return int("--check" in arguments and stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
