"""From the grammar to what TextMate, Pygments and Vim read. `python -m lmc.editor.grammars` writes their files."""
