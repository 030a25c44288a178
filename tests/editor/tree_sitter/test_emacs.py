"""Emacs itself, with the mode of this repository: it shows faces, leaves the indentation of formatted programs as it
is, and lists what is declared.

`LMC_TEST_EMACS` names the command (else `emacs`); it must be built with tree-sitter, as 29 and newer may be, for
parsers of ABI 15. Where there is none the test skips, unless `LMC_TEST_EMACS` is set: then it fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .sources import GRAMMAR, ROOT

ABI = "(princ (if (and (fboundp (quote treesit-available-p)) (treesit-available-p)) (treesit-library-abi-version) 0))"

SCRIPT = """
(require 'json)
(setq treesit-extra-load-path '("{folder}"))
(load "{mode}" nil t)
(let (reindented faces names (treesit-font-lock-level 4))
  (dolist (file '({files}))
    (with-temp-buffer
      (insert-file-contents file)
      (let ((before (buffer-string)))
        (lmp-ts-mode)
        (font-lock-ensure)
        (when (string-suffix-p "/multihop.lmp" file)
          (dolist (text '({texts}))
            (goto-char (point-min))
            (search-forward text)
            (push (format "%s" (get-text-property (match-beginning 0) 'face)) faces))
          (dolist (kind (treesit-simple-imenu)) (dolist (one (cdr kind)) (push (car one) names))))
        (indent-region (point-min) (point-max))
        (unless (string= before (buffer-string)) (push file reindented)))))
  (princ (json-encode (list (cons 'faces (vconcat (nreverse faces))) (cons 'names (vconcat (nreverse names)))
                            (cons 'reindented (vconcat reindented))))))
"""

FACES = {
    "lm small": "keyword",
    "small =": "variable-name",
    "Search {": "type",
    '"Name what': "string",
    "120": "number",
    "# Q": "comment",
    "lower(": "function-call",
    "Multihop(": "function-name",
}


def run(command: str, *arguments: str) -> str:
    """What Emacs prints."""
    done = subprocess.run(
        [command, "-Q", "--batch", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout


def test_emacs_shows_programs(library: Path, tmp_path: Path) -> None:
    wanted = os.environ.get("LMC_TEST_EMACS")
    command = wanted or shutil.which("emacs")
    if command is None or int(run(command, "--eval", ABI) or "0") < 15:
        message = "there is no Emacs that reads parsers of ABI 15"
        pytest.fail(message) if wanted else pytest.skip(message)
    shutil.copy(library, tmp_path / "libtree-sitter-lmp.so")
    # The options of a pass that do not fit on a line are indented twice.
    files = [path for path in sorted((ROOT / "programs").glob("*/*.lmp")) if path.stem != "structure"]
    script = tmp_path / "script.el"
    text = SCRIPT.format(
        folder=tmp_path,
        mode=GRAMMAR / "emacs" / "lmp-ts-mode.el",
        files=" ".join(json.dumps(str(path)) for path in files),
        texts=" ".join(json.dumps(text) for text in FACES),
    )
    script.write_text(text, encoding="utf-8")
    found = json.loads(run(command, "-l", str(script)))
    assert found["faces"] == [f"font-lock-{name}-face" for name in FACES.values()]
    assert found["names"] == ["Multihop", "Search", "Answer", "correct"]
    assert found["reindented"] == []
