"""From the grammar to what TextMate, Pygments and Vim read. `python -m lmc.editor.highlight` writes their files."""
